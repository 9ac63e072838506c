import type { JWTVerifyOptions } from 'jose';
import type { JsonObject, TokenChecks } from '../foundation/index.js';
import { checkClaimTypes } from './claims.js';
import { JwtError } from './jwt-error.js';
import type { IssueOptions, JwtIssuer } from './jwt-issuer.js';
import type { JwtSettings } from './jwt-settings.js';
import type { KeyRing } from './key-ring.js';
import type { JwtKey } from './parse-key.js';
import { maxTokenLength, refusalOf } from './token-refusal.js';
import { tokenHeader } from './token-header.js';

export interface KeyRingIssuerOptions {
  readonly settings: JwtSettings;
  readonly ring: KeyRing;
  /** Milliseconds since 1970. Default: the clock of this host. */
  readonly now?: () => number;
}

const loadJose = () => import('jose');

/** Tokens made and checked in this process, by jose, which is loaded at the first. The ring stays the caller's. */
export class KeyRingIssuer implements JwtIssuer {
  readonly description: string;
  readonly #settings: JwtSettings;
  readonly #ring: KeyRing;
  readonly #now: () => number;

  constructor({ settings, ring, now = Date.now }: KeyRingIssuerOptions) {
    this.description = `${settings.algorithm}, secret '${ring.secret}'`;
    this.#settings = settings;
    this.#ring = ring;
    this.#now = now;
  }

  async generate(claims: JsonObject, { keyId }: IssueOptions): Promise<string> {
    checkClaimTypes(claims);
    const { algorithm, expiresInMs, issuer, audience } = this.#settings;
    const iat = Math.floor(this.#now() / 1000);
    const defaults: JsonObject = {
      ...(issuer !== undefined && { iss: issuer }),
      ...(audience.length > 0 && { aud: audience.length === 1 ? audience[0]! : audience }),
      iat,
      exp: iat + Math.ceil(expiresInMs / 1000),
    };
    const [{ SignJWT }, key] = await Promise.all([loadJose(), this.#ring.signing()]);
    const token = await new SignJWT({ ...defaults, ...claims })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: keyId ?? key.id })
      .sign(key.signing);
    if (token.length <= maxTokenLength) return token;
    throw new JwtError('BAD_CLAIMS', `the claims make a token of over ${maxTokenLength} characters; put less into it`);
  }

  async validate(token: string, checks: TokenChecks): Promise<JsonObject> {
    const { algorithm, issuer, audience, clockToleranceMs } = this.#settings;
    const { kid } = tokenHeader(token);
    const expected = {
      audience: checks.audience ?? (audience.length > 0 ? audience : undefined),
      issuer: checks.issuer ?? issuer,
    };
    const claims = await this.#verified(token, await this.#ring.accepted(kid), {
      // Alone from the configuration: what the token says of its algorithm is only compared with it.
      algorithms: [algorithm],
      ...(expected.audience !== undefined && { audience: listOf(expected.audience) }),
      ...(expected.issuer !== undefined && { issuer: listOf(expected.issuer) }),
      requiredClaims: ['exp'],
      clockTolerance: clockToleranceMs / 1000,
      currentDate: new Date(this.#now()),
    });
    checkClaimTypes(claims);
    return claims;
  }

  async close(): Promise<void> {}

  async #verified(token: string, keys: readonly JwtKey[], options: JWTVerifyOptions): Promise<JsonObject> {
    const { jwtVerify } = await loadJose();
    let refusal: JwtError | undefined;
    for (const { verifying } of keys) {
      try {
        return (await jwtVerify(token, verifying, options)).payload as JsonObject;
      } catch (error) {
        refusal = refusalOf(error);
        if (refusal.code !== 'BAD_SIGNATURE') break;
      }
    }
    throw refusal ?? new JwtError('KEY', `there is no key of tokens; set secret '${this.#ring.secret}'`);
  }
}

function listOf(names: string | readonly string[]): string[] {
  return typeof names === 'string' ? [names] : [...names];
}
