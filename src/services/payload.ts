import type { Class } from '../container/index.js';
import { type FailedField, type JsonValue, plainOf, validateAs } from '../foundation/index.js';
import type { WireJson } from '../wire/index.js';
import { fromWireJson, NotJson, toPlainJson } from './plain-json.js';
import { invalidPayload, ServiceError } from './service-error.js';

/**
 * The params or the result of one operation: how they stand in a message, and what is accepted as them. Both ends use
 * the same one, so what is written is checked as the reader will check it. Every failure is a ServiceError with the
 * `code` given, INVALID_PARAMS or INVALID_RESULT, which names the fields; CONFIGURATION when the class has no rules.
 */
export class Payload {
  readonly #code: 'INVALID_PARAMS' | 'INVALID_RESULT';
  readonly #what: string;
  readonly #type: Class | undefined;

  /** @param what for messages: `the params of geo.locate`. */
  constructor(code: 'INVALID_PARAMS' | 'INVALID_RESULT', what: string, type: Class | undefined) {
    this.#code = code;
    this.#what = what;
    this.#type = type;
  }

  async write(value: unknown): Promise<JsonValue> {
    const json = await this.#carried(async () => toPlainJson(this.#type ? await plainOf(value) : value));
    await this.#checked(json);
    return json;
  }

  async read(json: WireJson): Promise<unknown> {
    return this.#checked(await this.#carried(() => fromWireJson(json)));
  }

  /** JSON becomes an instance of the class, if there is one. */
  async #checked(json: JsonValue): Promise<unknown> {
    if (this.#type === undefined) return json;
    const validated = await validateAs(this.#type, json);
    switch (validated.kind) {
      case 'valid':
        return validated.value;
      case 'invalid':
        throw this.#invalid(validated.fields, validated.cause);
      case 'unruled': {
        const { name } = this.#type;
        throw new ServiceError(
          'CONFIGURATION',
          `${this.#what} are a ${name}, which has no class-validator decorators: add some to its fields`,
        );
      }
    }
  }

  async #carried(convert: () => JsonValue | Promise<JsonValue>): Promise<JsonValue> {
    try {
      return await convert();
    } catch (error) {
      throw error instanceof NotJson ? this.#invalid([error.field]) : this.#invalid([], error);
    }
  }

  #invalid(fields: readonly FailedField[], cause?: unknown): ServiceError {
    return invalidPayload(this.#code, this.#what, fields, cause);
  }
}
