import type { Guard } from '@inversifyjs/http-core';
import type { HonoRequest } from 'hono';
import {
  type ErrorCode,
  type JsonObject,
  PyWattError,
  type TokenChecks,
  type TokenVerifier,
} from '../foundation/index.js';
import { HttpError } from './http-error.js';

export interface AuthOptions extends TokenChecks {
  /** Scopes of which the token must have every one: in its claim `scope` (separated by spaces) or `scp`. */
  readonly scope?: string | readonly string[];
}

/** What a verifier says of a token; everything else that it may say is not the client's doing. */
const tokenFaults: readonly ErrorCode[] = [
  'EXPIRED',
  'NOT_YET_VALID',
  'BAD_SIGNATURE',
  'BAD_CLAIMS',
  'MALFORMED',
  'ALGORITHM',
  'REFUSED',
];

const claimsOf = new WeakMap<HonoRequest, JsonObject>();

/** The claims that a guard found in the token of a request. */
export function provenClaims(request: HonoRequest): JsonObject | undefined {
  return claimsOf.get(request);
}

/** Asks for a token before a route is reached. Throws HttpError UNAUTHORIZED or FORBIDDEN. */
export class BearerGuard implements Guard<HonoRequest> {
  readonly #verifier: TokenVerifier;
  readonly #options: AuthOptions;

  constructor(verifier: TokenVerifier, options: AuthOptions) {
    this.#verifier = verifier;
    this.#options = options;
  }

  async activate(request: HonoRequest): Promise<boolean> {
    const claims = await this.#claims(bearerToken(request.header('authorization')));
    const missing = missingScopes(this.#options.scope, claims);
    if (missing.length > 0) {
      const message = `the token lacks the scope ${missing.join(' ')}`;
      throw new HttpError('FORBIDDEN', message, { details: { reason: 'SCOPE', scope: missing } });
    }
    claimsOf.set(request, claims);
    return true;
  }

  async #claims(token: string): Promise<JsonObject> {
    const { audience, issuer } = this.#options;
    try {
      return await this.#verifier.verify(token, { audience, issuer });
    } catch (error) {
      if (!PyWattError.is(error) || error.family !== 'jwt' || !tokenFaults.includes(error.code)) throw error;
      throw unauthorized(error.message, { ...error.details, reason: error.code });
    }
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined)
    throw unauthorized('the request has no token; send it as Authorization: Bearer <token>', { reason: 'MISSING' });
  const [, token] = /^bearer +([^\s,]+) *$/i.exec(header) ?? [];
  if (token !== undefined) return token;
  throw unauthorized('the header Authorization holds no token; write Bearer <token>', { reason: 'SCHEME' });
}

function missingScopes(wanted: AuthOptions['scope'], { scope, scp }: JsonObject): string[] {
  const had = [...scopesIn(scope), ...scopesIn(scp)];
  return scopesIn(wanted).filter((each) => !had.includes(each));
}

function scopesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter((each) => each !== '');
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function unauthorized(message: string, details: JsonObject): HttpError {
  return new HttpError('UNAUTHORIZED', message, { details });
}
