import { isJsonObject } from '../foundation/index.js';
import { malformedToken, maxTokenLength } from './token-refusal.js';

export interface TokenHeader {
  readonly alg: string | undefined;
  readonly kid: string | undefined;
}

/**
 * What a token says of itself, which proves nothing. Throws JwtError MALFORMED for what is no token or is longer than
 * one may be.
 */
export function tokenHeader(token: unknown): TokenHeader {
  if (typeof token !== 'string' || token.length > maxTokenLength) throw malformedToken();
  const [, encoded] = /^([\w-]+)\.[\w-]+\.[\w-]*$/.exec(token) ?? [];
  if (encoded === undefined) throw malformedToken();
  const header = parsed(Buffer.from(encoded, 'base64url').toString());
  if (!isJsonObject(header)) throw malformedToken();
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { alg: text(header['alg']), kid: text(header['kid']) };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
