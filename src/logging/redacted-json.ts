import { isJsonObject, type JsonObject, type JsonValue } from '../foundation/index.js';
import { redactionMark } from './hidden-ranges.js';
import type { KeyedRedactor } from './loggable.js';
import { isHarmlessUnder, isSensitiveKey } from './sensitive-key.js';

/** All of a JSON value with every text of it redacted, keys and numbers included, and what stands under keys that are hidden. */
export function redactedJson(value: JsonObject, redactor: KeyedRedactor): JsonObject;
export function redactedJson(value: JsonValue, redactor: KeyedRedactor): JsonValue;
export function redactedJson(value: JsonValue, redactor: KeyedRedactor): JsonValue {
  if (typeof value === 'string') return redactor.redact(value);
  if (typeof value === 'number') {
    const text = String(value);
    const redacted = redactor.redact(text);
    return redacted === text ? value : redacted;
  }
  if (Array.isArray(value)) return value.map((item: JsonValue) => redactedJson(item, redactor));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const isHidden = redactor.hidesKey(key) && !isHarmlessUnder(key, member);
      return [redactor.redact(key), isHidden ? redactionMark : redactedJson(member, redactor)];
    }),
  );
}

/** A redactor of which only this function is known: keys are judged by their names alone. */
export function keyedRedactor(redact: (text: string) => string): KeyedRedactor {
  return { redact, hidesKey: isSensitiveKey };
}
