import { type InjectDecorator, injectKey, jwtResource, resourceToken, type Token } from '../container/index.js';
import type { Duration, JsonObject, TokenChecks, TokenVerifier } from '../foundation/index.js';
import type { JwtAlgorithm } from './jwt-algorithm.js';

/** The claims that every token this `Jwt` accepts has, or may have. Times are seconds since 1970. */
export interface JwtClaims {
  readonly exp: number;
  readonly iat?: number;
  readonly nbf?: number;
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly jti?: string;
}

/** What is written into a token beside its claims. A claim may be given in one of the two places, not in both. */
export interface JwtSignOptions {
  /** How long the token is valid, rounded up to whole seconds. Default: what is configured, `1h`. */
  readonly expiresIn?: Duration | undefined;
  /** From when on it is valid, counted from now. Default: at once. */
  readonly notBefore?: Duration | undefined;
  /** Default: the configured audience, if there is one. */
  readonly audience?: string | readonly string[] | undefined;
  /** Default: the configured issuer, if there is one. */
  readonly issuer?: string | undefined;
  readonly subject?: string | undefined;
  /** What verifiers elsewhere call the key (`kid`). Default: a name of our own that says nothing of it. */
  readonly keyId?: string | undefined;
}

/** What is checked beside signature and times; audience and issuer take the place of those configured. */
export interface JwtVerifyOptions extends TokenChecks {
  /** Accept only these of the algorithms that are configured; never adds one. */
  readonly algorithms?: readonly JwtAlgorithm[] | undefined;
}

/**
 * Signs and verifies JSON Web Tokens, the same whether the module holds the key or the orchestrator does. The handle is
 * live: when the secret rotates it signs with the new key and accepts tokens of the old one until the overlap ends.
 *
 * Every method rejects with a `JwtError` whose message holds neither a token nor a key; a malformed duration rejects
 * with a `ValueError`.
 */
export interface Jwt extends TokenVerifier {
  /**
   * A signed token of `claims`, a plain JSON object, with `iat` and `exp` added. BAD_CLAIMS for what JSON cannot hold,
   * a registered claim of the wrong type or given twice, and a token over 16 KiB; KEY when the key can only verify,
   * ACCESS_DENIED when the module may only verify.
   */
  sign(claims: object, options?: JwtSignOptions): Promise<string>;
  /**
   * The claims of a valid token; `T` is what the caller expects of them and nothing checks. Rejects with MALFORMED,
   * ALGORITHM, BAD_SIGNATURE, EXPIRED, NOT_YET_VALID, or BAD_CLAIMS with `details.claim`: a wrong audience or issuer,
   * no `exp`, a claim of the wrong type.
   */
  verify<T extends object = JsonObject>(token: string, options?: JwtVerifyOptions): Promise<T & JwtClaims>;
  /** Ends this handle; others live on. Idempotent. */
  close(): Promise<void>;
}

/** The token of the module's `Jwt`. */
export function jwtToken(): Token<Jwt> {
  return resourceToken<Jwt>(jwtResource);
}

/** Injects the module's `Jwt`, into a constructor parameter or a property. */
export function InjectJwt(): InjectDecorator {
  return injectKey('@InjectJwt', jwtToken());
}
