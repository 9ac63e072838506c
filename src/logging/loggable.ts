import { isNativeError } from 'node:util/types';
import { type JsonValue, messageOf, PyWattError } from '../foundation/index.js';

const deepest = 8;
const mostItems = 200;

/**
 * Anything, as JSON that is safe to log: never throws, ends at cycles, 8 levels and 200 items, keeps bigints as digits,
 * writes errors with name, code, message, stack, details, cause and errors. Other fields of errors are left out, because drivers
 * put statement parameters there; bytes are only counted. Every text, keys included, passes through `redact`.
 */
export function loggable(value: unknown, redact: (text: string) => string): JsonValue {
  return new Walk(redact).value(value);
}

class Walk {
  readonly #open = new Set<object>();

  constructor(private readonly redact: (text: string) => string) {}

  value(value: unknown): JsonValue {
    switch (typeof value) {
      case 'string':
        return this.redact(value);
      case 'number':
        return Number.isFinite(value) ? this.#number(value) : String(value);
      case 'boolean':
        return value;
      case 'bigint':
      case 'symbol':
        return this.redact(String(value));
      case 'undefined':
        return null;
      case 'function':
        return `[function ${value.name}]`;
      case 'object':
        return value === null ? null : this.#object(value);
    }
  }

  #number(value: number): JsonValue {
    const text = String(value);
    const redacted = this.redact(text);
    return redacted === text ? value : redacted;
  }

  #object(value: object): JsonValue {
    if (this.#open.has(value)) return '[circular]';
    if (this.#open.size >= deepest) return '[too deep]';
    this.#open.add(value);
    try {
      return this.#contents(value);
    } catch (error) {
      return this.redact(`[unreadable: ${messageOf(error)}]`);
    } finally {
      this.#open.delete(value);
    }
  }

  #contents(value: object): JsonValue {
    if (value instanceof Error || isNativeError(value)) return this.#error(value);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof RegExp) return this.redact(String(value));
    if (value instanceof Map) return this.#list([...value]);
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
    return Object.fromEntries(shown.map(([key, value]) => [this.redact(key), this.value(value)]));
  }
}
