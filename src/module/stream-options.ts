import { type Duration, durationMs, parseByteSize, ValueError } from '../foundation/index.js';
import { defaultWireLimits, type WireLimits } from '../wire/index.js';

/** What the module holds of long bodies, and how long it waits for them, under an orchestrator. */
export interface StreamOptions {
  /** What is held of one long body while nobody takes it. Default `1mb`. */
  readonly window?: string | number;
  /** The most bytes of a long body in one message. Default `64kb`. */
  readonly chunk?: string | number;
  /** Long bodies are sent only while no more than this waits to be written. Default `256kb`. */
  readonly queue?: string | number;
  /** Long bodies in each direction at once. Default 1000. */
  readonly max?: number;
  /** How long a long body may stand still. Default `30s`. */
  readonly idle?: Duration;
}

/** Throws `ValueError`, naming the option. */
export function streamLimits({ window, chunk, queue, max, idle }: StreamOptions): Partial<WireLimits> {
  if (max !== undefined && !(Number.isSafeInteger(max) && max > 0))
    throw new ValueError(`streams.max: ${max} is not a count: write a whole number above 0`);
  const { streamWindowBytes, streamChunkBytes, bulkQueueBytes, maxStreams, streamIdleMs } = defaultWireLimits;
  return {
    streamWindowBytes: window === undefined ? streamWindowBytes : parseByteSize(window, 'streams.window'),
    streamChunkBytes: chunk === undefined ? streamChunkBytes : parseByteSize(chunk, 'streams.chunk'),
    bulkQueueBytes: queue === undefined ? bulkQueueBytes : parseByteSize(queue, 'streams.queue'),
    maxStreams: max ?? maxStreams,
    streamIdleMs: idle === undefined ? streamIdleMs : durationMs(idle, 'streams.idle'),
  };
}
