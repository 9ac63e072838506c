import type { JsonValue } from '../../foundation/index.js';
import { type KeyedRedactor, redactedJson, redactionMark } from '../../logging/index.js';

/** Longer ones are searched as text. */
const longestJson = 64 * 1024;
/** In a query or a form. */
const pair = /(?<![^?&])([\w.~-]{1,100})=[^&#\s]+/g;
const memberName = /"([^"\\]{1,100})"\s{0,10}:\s{0,10}/g;
/** Of a member; a list or an object in a text that is no whole JSON goes on to its end. */
const memberValue = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|[[{][^]*|[\w.+-]+/y;

/** A text without what stands under keys that are hidden: in a query, in a form, in JSON also where that is cut off. */
export function hideNamed(text: string, redactor: KeyedRedactor): string {
  const paired = text.includes('=')
    ? text.replaceAll(pair, (all, name: string) => (redactor.hidesKey(name) ? `${name}=${redactionMark}` : all))
    : text;
  return paired.includes('":') || paired.includes('" ') ? hideMembers(paired, redactor) : paired;
}

function hideMembers(text: string, redactor: KeyedRedactor): string {
  const json = /^\s*[[{]/.test(text) && text.length <= longestJson ? parsed(text) : undefined;
  if (json !== undefined) {
    const shown = JSON.stringify(
      redactedJson(json, { redact: (each) => each, hidesKey: (key) => redactor.hidesKey(key) }),
    );
    return shown === JSON.stringify(json) ? text : shown;
  }
  let [shown, from] = ['', 0];
  for (const { 0: all, 1: name, index } of text.matchAll(memberName)) {
    if (index < from || !redactor.hidesKey(name!)) continue;
    const start = index + all.length;
    memberValue.lastIndex = start;
    const value = memberValue.exec(text)?.[0];
    if (value === undefined || value === 'null') continue;
    shown += `${text.slice(from, start)}"${redactionMark}"`;
    from = start + value.length;
  }
  return shown + text.slice(from);
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
