import { isNativeError } from 'node:util/types';
import { type JsonValue, messageOf, PyWattError, type Redactor } from '../foundation/index.js';
import { redactionMark } from './hidden-ranges.js';
import { isHarmlessUnder } from './sensitive-key.js';

const deepest = 8;
const mostItems = 200;

/**
 * Anything, as JSON that is safe to log: never throws, ends at cycles, 8 levels and 200 items, keeps bigints as digits,
 * writes errors with name, code, message, stack, details, cause and errors. Other fields of errors are left out, because drivers
 * put statement parameters there; bytes are only counted. Every text, keys included, is redacted, and what stands under a key
 * that the redactor hides is not shown at all.
 */
export function loggable(value: unknown, redactor: KeyedRedactor): JsonValue {
  return new Walk(redactor).value(value);
}

/** What hides secrets by value and by the names of keys. */
export type KeyedRedactor = Pick<Redactor, 'redact' | 'hidesKey'>;

class Walk {
  readonly #open = new Set<object>();

  constructor(private readonly redactor: KeyedRedactor) {}

  value(value: unknown): JsonValue {
    switch (typeof value) {
      case 'string':
        return this.redactor.redact(value);
      case 'number':
        return Number.isFinite(value) ? this.#number(value) : String(value);
      case 'boolean':
        return value;
      case 'bigint':
      case 'symbol':
        return this.redactor.redact(String(value));
      case 'undefined':
        return null;
      case 'function':
        return this.redactor.redact(`[function ${value.name}]`);
      case 'object':
        return value === null ? null : this.#object(value);
    }
  }

  #number(value: number): JsonValue {
    const text = String(value);
    const redacted = this.redactor.redact(text);
    return redacted === text ? value : redacted;
  }

  #object(value: object): JsonValue {
    if (this.#open.has(value)) return '[circular]';
    if (this.#open.size >= deepest) return '[too deep]';
    this.#open.add(value);
    try {
      return this.#contents(value);
    } catch (error) {
      return this.redactor.redact(`[unreadable: ${messageOf(error)}]`);
    } finally {
      this.#open.delete(value);
    }
  }

  #contents(value: object): JsonValue {
    if (value instanceof Error || isNativeError(value)) return this.#error(value);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof RegExp) return this.redactor.redact(String(value));
    if (value instanceof Map)
      return this.#list([...value].map(([key, each]) => (this.#hides(key, each) ? [key, redactionMark] : [key, each])));
    if (value instanceof Set) return this.#list([...value]);
    if (Array.isArray(value)) return this.#list(value);
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.value((value.toJSON as () => unknown)());
    return this.#fields(Object.entries(value));
  }

  #error(error: Error): JsonValue {
    const { name, message, stack, cause } = error;
    const { code, errors } = error as { code?: unknown; errors?: unknown };
    const details = PyWattError.is(error) && Object.keys(error.details).length > 0 ? error.details : undefined;
    return this.#fields(Object.entries({ name, code, message, stack, details, cause, errors }));
  }

  #list(items: readonly unknown[]): JsonValue {
    const shown = items.slice(0, mostItems).map((item) => this.value(item));
    return items.length > mostItems ? [...shown, `[${items.length - mostItems} more]`] : shown;
  }

  #fields(entries: readonly (readonly [string, unknown])[]): JsonValue {
    const shown = entries.filter(([, value]) => value !== undefined).slice(0, mostItems);
    return Object.fromEntries(shown.map(([key, value]) => [this.redactor.redact(key), this.#field(key, value)]));
  }

  #field(key: string, value: unknown): JsonValue {
    return this.#hides(key, value) ? redactionMark : this.value(value);
  }

  #hides(key: unknown, value: unknown): boolean {
    return typeof key === 'string' && this.redactor.hidesKey(key) && !isHarmlessUnder(key, value);
  }
}
