import { didYouMean, type Duration, durationMs, messageOf } from '../foundation/index.js';
import { type JwtAlgorithm, jwtAlgorithms } from './jwt-algorithm.js';
import { JwtError } from './jwt-error.js';

/** How tokens are made and checked, as configuration writes it. */
export interface JwtOptions {
  /** The one algorithm that signs and is accepted. Default `HS256`. */
  readonly algorithm?: string | undefined;
  /** Written into every token, and every token must have it. */
  readonly issuer?: string | undefined;
  /** Written into every token, and every token must be meant for one of them. */
  readonly audience?: string | readonly string[] | undefined;
  /** How long a token is valid that does not say so itself. Default `1h`. */
  readonly expiresIn?: string | Exclude<Duration, string> | undefined;
  /** How far the clocks of two hosts may differ. Default `5s`. */
  readonly clockTolerance?: string | Exclude<Duration, string> | undefined;
  /** How long tokens of the previous key are accepted after a rotation. Default: `expiresIn`. */
  readonly overlap?: string | Exclude<Duration, string> | undefined;
}

/** The same with every default filled in. */
export interface JwtSettings {
  readonly algorithm: JwtAlgorithm;
  readonly issuer: string | undefined;
  /** Empty for none. */
  readonly audience: readonly string[];
  readonly expiresInMs: number;
  readonly clockToleranceMs: number;
  readonly overlapMs: number;
}

/** Throws JwtError CONFIGURATION for what cannot be meant. */
export function jwtSettings(options: JwtOptions): JwtSettings {
  const { algorithm = 'HS256', issuer, audience = [], expiresIn = '1h', clockTolerance = '5s' } = options;
  if (!(jwtAlgorithms as readonly string[]).includes(algorithm)) {
    const hint = didYouMean(algorithm, jwtAlgorithms);
    throw mistake(
      `there is no algorithm ${JSON.stringify(algorithm)} for tokens${hint}; write ${jwtAlgorithms.join(', ')}`,
    );
  }
  const expiresInMs = milliseconds(expiresIn, 'expiresIn');
  if (expiresInMs < 1000) throw mistake('expiresIn of tokens must be at least 1s');
  const clockToleranceMs = milliseconds(clockTolerance, 'clockTolerance');
  if (clockToleranceMs > 600_000) throw mistake('clockTolerance of tokens must be at most 10m');
  return {
    algorithm: algorithm as JwtAlgorithm,
    issuer: issuer === undefined ? undefined : named(issuer, 'issuer'),
    audience: (typeof audience === 'string' ? [audience] : audience).map((each) => named(each, 'audience')),
    expiresInMs,
    clockToleranceMs,
    overlapMs: options.overlap === undefined ? expiresInMs : milliseconds(options.overlap, 'overlap'),
  };
}

function named(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw mistake(`the ${what} of tokens must be text that is not empty`);
}

function milliseconds(duration: string | Exclude<Duration, string>, what: string): number {
  try {
    return durationMs(duration, what);
  } catch (error) {
    throw mistake(`tokens: ${messageOf(error)}`);
  }
}

function mistake(what: string): JwtError {
  return new JwtError('CONFIGURATION', what);
}
