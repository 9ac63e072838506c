import type { Redactor } from './redactor.js';

/** Shorter ones would blank ordinary text. */
const shortest = 4;

/**
 * Hides the password in an address such as `redis://user:password@host`, if there is one of at least four characters. One
 * that is the user's own name, as in many a development database, is no secret.
 */
export function hideUrlPassword(url: string, redactor: Redactor): void {
  const [, user, written] = /^[a-z][a-z0-9+.-]*:\/\/([^@/?#:]*):([^@/?#]+)@/i.exec(url.trim()) ?? [];
  if (written === undefined || written === user) return;
  for (const password of new Set([written, decoded(written)])) if (password.length >= shortest) redactor.add(password);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
