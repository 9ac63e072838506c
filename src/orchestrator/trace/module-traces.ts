import type { JsonObject, Redactor } from '../../foundation/index.js';
import type { ModuleMessage, OrchestratorMessage } from '../../wire/index.js';
import { shownMessage } from './shown-message.js';
import type { TracedMessage } from './trace-event.js';
import { TraceStream } from './trace-stream.js';

const idNames = ['request_id', 'id', 'connection_id', 'rotation_id', 'seq'];

/** Who watches the wire of one module, over all its launches. */
export class ModuleTraces {
  readonly #redactor: Redactor;
  readonly #streams = new Set<TraceStream>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  get isWatched(): boolean {
    return this.#streams.size > 0;
  }

  /** What passes from now on, until `signal`. */
  open(signal: AbortSignal): TraceStream {
    const stream = new TraceStream(signal);
    if (signal.aborted) return stream;
    this.#streams.add(stream);
    signal.addEventListener('abort', () => this.#streams.delete(stream), { once: true });
    return stream;
  }

  show(direction: TracedMessage['direction'], message: OrchestratorMessage | ModuleMessage, bytes: number): void {
    let traced: TracedMessage | undefined;
    for (const stream of this.#streams) {
      // What nobody has room for need not be made ready to be shown.
      if (stream.isFull) stream.drop();
      else stream.push((traced ??= this.#trace(direction, message, bytes)));
    }
  }

  #trace(
    direction: TracedMessage['direction'],
    message: OrchestratorMessage | ModuleMessage,
    bytes: number,
  ): TracedMessage {
    const time = new Date().toISOString();
    const { op: _op, ...shown } = shownMessage(message, this.#redactor);
    return { kind: 'message', time, direction, op: message.op, bytes, ids: idsOf(shown), message: shown };
  }
}

function idsOf(message: JsonObject): TracedMessage['ids'] {
  return Object.fromEntries(
    idNames.flatMap((name) => {
      const id = message[name];
      return typeof id === 'string' || typeof id === 'number' ? [[name, id] as const] : [];
    }),
  );
}
