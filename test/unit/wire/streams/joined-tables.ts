import { StreamTable, type WireLimits } from '../../../../src/wire/index.js';
import type { StreamMessage } from '../../../../src/wire/stream-messages.js';

/** A queue that holds as much as the test says. */
export class TestQueue {
  queuedBytes = 0;
  #listener: () => void = () => undefined;

  onDrain(listener: () => void): void {
    this.#listener = listener;
  }

  drainTo(bytes: number): void {
    this.queuedBytes = bytes;
    this.#listener();
  }
}

export interface End {
  readonly table: StreamTable;
  readonly queue: TestQueue;
  /** What it sent so far. */
  readonly sent: StreamMessage[];
}

/** Two tables, each receiving what the other sends, a microtask later; `change` may alter or swallow a message. */
export function joinTables(
  limits: Partial<WireLimits> = {},
  change: (message: StreamMessage) => StreamMessage | undefined = (message) => message,
): { left: End; right: End } {
  const make = (other: () => End): End => {
    const queue = new TestQueue();
    const sent: StreamMessage[] = [];
    const send = (message: StreamMessage) => {
      sent.push(message);
      const changed = change(message);
      if (changed) queueMicrotask(() => other().table.accept(changed));
    };
    return { table: new StreamTable({ send, queue, limits }), queue, sent };
  };
  const left: End = make(() => right);
  const right: End = make(() => left);
  return { left, right };
}

/** A stream of these pieces. */
export function streamOf(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  const rest = [...pieces];
  return new ReadableStream(
    {
      pull(controller) {
        const piece = rest.shift();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((next) => setImmediate(next));
}
