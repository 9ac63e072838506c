/** What credentials are called; plurals are, too. */
const sensitive =
  /^(?:passwords?|passwd|pwd|passphrases?|passcodes?|secrets?|tokens?|authorization|cookies?|credentials?|apikeys?|privatekeys?|jwts?|bearer)$/;
/** What stands before `key` where that is a credential. */
const keyKinds = /^(?:api|private|secret|access|signing|encryption|master|auth|account|license|ssh|hmac)$/;
/** Facts about a credential that are none: `tokenType`, `secretName`, `passwordLength`. */
const harmlessEnd =
  /^(?:names?|types?|kinds?|counts?|lengths?|sizes?|ids?|urls?|uris?|endpoints?|versions?|algorithms?|status|states?|sources?|providers?|expir(?:y|es|ed|ation)|at|in|ttl|ms|bytes|max|limit|used|places?|policy|required|optional|missing|invalid|failed)$/;
/** A number under a plural counts them: `{ tokens: 42 }`. */
const plural = /s$/;

const mostRemembered = 10_000;
const remembered = new Map<string, boolean>();

/**
 * Whether a key, in camelCase, snake_case, as a header or with spaces, is what credentials stand under: `password`,
 * `dbPassword`, `client_secret`, `X-Api-Key`, `Set-Cookie`, `privateKey`.
 */
export function isSensitiveKey(key: string): boolean {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const answer = looksSensitive(key);
  if (key.length <= 100) {
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, answer);
  }
  return answer;
}

/** Whether a value under a sensitive key may be shown: nothing, a flag, or a number of them. */
export function isHarmlessUnder(key: string, value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'number' && plural.test(key));
}

function looksSensitive(key: string): boolean {
  const words = key
    .slice(0, 200)
    .replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  if (harmlessEnd.test(words.at(-1) ?? '')) return false;
  return words.some(
    (word, place) =>
      sensitive.test(word) || (/^keys?$/.test(word) && place > 0 && keyKinds.test(words[place - 1] ?? '')),
  );
}
