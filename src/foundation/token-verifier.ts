import type { JsonObject } from './json.js';

/** What a token must say beside being valid. Each takes the place of what is configured. */
export interface TokenChecks {
  /** The token must be meant for one of these. */
  readonly audience?: string | readonly string[] | undefined;
  /** The token must come from one of these. */
  readonly issuer?: string | readonly string[] | undefined;
}

/** Tells whether a token is what it claims to be: what a guard needs of tokens. */
export interface TokenVerifier {
  /** The claims of the token. Rejects with an error of the family `jwt` that says what is wrong, never with the token. */
  verify(token: string, checks?: TokenChecks): Promise<JsonObject>;
}
