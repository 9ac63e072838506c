import { inspect } from 'node:util';

const shown = '[REDACTED]';

let assign: <T>(handle: SecretValue<T>, value: T, version: string | undefined) => void;

/**
 * A secret. `reveal()` gives its value; everything else that could show it gives `[REDACTED]`: string conversion,
 * templates, JSON, `util.inspect`, and `structuredClone` yields an empty object. Injected handles are live: they always
 * hold the value in force, so call `reveal()` where the value is used instead of keeping what it returned.
 */
export class SecretValue<T = string> {
  readonly #name: string;
  #value: T;
  #version: string | undefined;

  static {
    assign = (handle, value, version) => {
      handle.#value = value;
      handle.#version = version;
    };
  }

  constructor(name: string, value: T, version?: string) {
    this.#name = name;
    this.#value = value;
    this.#version = version;
  }

  get name(): string {
    return this.#name;
  }

  /** Changes with every rotation and says nothing about the value; undefined for a default and where the source has no versions. */
  get version(): string | undefined {
    return this.#version;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  valueOf(): string {
    return shown;
  }

  /** Where an inspection does not ask `inspect.custom`, as that of `console.dir`. */
  get [Symbol.toStringTag](): string {
    return 'REDACTED';
  }

  [Symbol.toPrimitive](): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

/** Gives a live handle another value. */
export function switchSecret<T>(handle: SecretValue<T>, value: T, version: string | undefined): void {
  assign(handle, value, version);
}
