import { unescape } from 'node:querystring';
import type { Redactor } from '../../foundation/index.js';
import { redactionMark } from '../../logging/index.js';
import { longestValueBytes } from '../../secrets/index.js';
import { hideNamed } from './hide-named.js';

/** How far beyond what is shown a secret is looked for, so that none is cut in two, as it is or escaped. */
const reach = 2 * longestValueBytes;

/** Signed and encrypted tokens (JWT): whoever holds one may use it. Begins where a run of letters does, to stay linear. */
const tokens = /(?<![\w-])eyJ[\w-]+(?:\.[\w-]*){2,4}/g;

/**
 * The beginning of a text, every token and every secret in it redacted first, and what is named like one: also secrets inside something that stands there as
 * base64 or, as in a URL, percent-encoded, which is then shown decoded.
 */
export function shownText(text: string | Uint8Array, longest: number, redactor: Redactor): string {
  const begun = typeof text === 'string' ? text.slice(0, longest + reach) : textOf(text.subarray(0, longest + reach));
  // Before it is decoded: what is then an '&' would end a value too early.
  const start = hideNamed(begun, redactor);
  const unescaped = start.includes('%') ? unescape(start) : start;
  const hidden = hide(unescaped, longest, redactor);
  const shown = hidden === unescaped ? hide(start, longest, redactor) : hidden;
  const more = shown.length - longest + Math.max(0, text.length - longest - reach);
  return more > 0 ? `${shown.slice(0, longest)}[… ${more} more]` : shown;
}

/** Whether bytes, read as text, contain a secret. */
export function hidesSecret(bytes: Uint8Array, redactor: Redactor): boolean {
  const text = textOf(bytes);
  return redactor.redact(text) !== text;
}

function hide(text: string, longest: number, redactor: Redactor): string {
  let removed = 0;
  const withoutTokens = hideNamed(text, redactor).replaceAll(tokens, redactionMark);
  return redactor.redact(withoutTokens).replaceAll(/[A-Za-z0-9+/_-]{8,}={0,2}/g, (run, offset: number) => {
    // What is cut off anyway need not be searched.
    if (offset - removed > longest || !encodesSecret(run, redactor)) return run;
    removed += run.length - redactionMark.length;
    return redactionMark;
  });
}

/** At each of the four places a group may begin: a '/' before base64 looks like a part of it. */
function encodesSecret(base64: string, redactor: Redactor): boolean {
  return [0, 1, 2, 3].some((skipped) => hidesSecret(Buffer.from(base64.slice(skipped), 'base64'), redactor));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
