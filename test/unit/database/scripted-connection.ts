import type { JsonValue } from '../../../src/foundation/index.js';
import type { ServiceCallOptions, ServiceConnection } from '../../../src/wire/index.js';
import { overLines } from '../wire/over-lines.js';

export type Answer = JsonValue | Error;

/** A connection that answers each operation as it is told, and keeps what it was asked. */
export class ScriptedConnection implements ServiceConnection {
  readonly info: ServiceConnection['info'];
  readonly typedValues: boolean;
  readonly calls: { operation: string; params: JsonValue; options: ServiceCallOptions | undefined }[] = [];
  readonly #answers: Readonly<Record<string, Answer>>;

  constructor(
    answers: Readonly<Record<string, Answer>>,
    typedValues = true,
    info: ServiceConnection['info'] = { type: 'sqlite' },
  ) {
    this.#answers = answers;
    this.typedValues = typedValues;
    this.info = info;
  }

  async call(operation: string, params: JsonValue, options?: ServiceCallOptions): Promise<JsonValue> {
    this.calls.push({ operation, params: overLines(params), options });
    const answer = this.#answers[operation];
    if (answer instanceof Error) throw answer;
    return answer ?? null;
  }

  async close(): Promise<void> {
    this.calls.push({ operation: 'connection closed', params: null, options: undefined });
  }
}
