import type { JsonObject, TokenChecks } from '../foundation/index.js';

export interface IssueOptions {
  /** The `kid` of the token. Default: the key's own. */
  readonly keyId?: string | undefined;
}

/**
 * What holds the key, in this process or in the orchestrator: tokens from claims, claims from tokens. `IssuerJwt` makes
 * a `Jwt` of any, and the broker serves any to modules. Rejects with JwtError.
 */
export interface JwtIssuer {
  /** What it is, for people: `HS256, secret 'JWT_KEY'`. Never a key. */
  readonly description: string;
  /** Signs claims as they are, with the configured defaults for `iat`, `exp`, `iss` and `aud` where they have none. */
  generate(claims: JsonObject, options: IssueOptions): Promise<string>;
  /** The claims of a valid token. `checks` take the place of what is configured. */
  validate(token: string, checks: TokenChecks): Promise<JsonObject>;
  close(): Promise<void>;
}
