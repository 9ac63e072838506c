import type { ErrorCodeOf, JsonObject } from '../foundation/index.js';

/** What `WWW-Authenticate` says (RFC 6750, 3): which token is wanted, and why the one that came is none. */
export function challengeOf(code: ErrorCodeOf<'http'>, { reason, scope }: JsonObject): string | undefined {
  if (code === 'FORBIDDEN') {
    if (reason !== 'SCOPE') return undefined;
    const scopes = (Array.isArray(scope) ? scope : []).map((each) => quotable(String(each)));
    return `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"`;
  }
  if (code !== 'UNAUTHORIZED') return undefined;
  const isTold = typeof reason === 'string' && reason !== 'MISSING' && reason !== 'SCHEME';
  return isTold ? `Bearer error="invalid_token", error_description="${quotable(reason)}"` : 'Bearer';
}

/** The characters that may stand between quotes there. */
function quotable(text: string): string {
  return text.replaceAll(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '?');
}
