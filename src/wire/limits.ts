import { WireError } from '../foundation/index.js';
import { maxNesting } from './json/wire-json.js';

/** How much one session may hold, and how long it waits for a stream. */
export interface WireLimits {
  /** The longest line accepted or sent, in bytes without its newline. */
  readonly maxLineBytes: number;
  /** The longest init line; the protocol has modules refuse what is longer. */
  readonly maxInitLineBytes: number;
  /** How deep objects and arrays of a message may stand in each other. */
  readonly maxNesting: number;
  /** How many bytes may wait on a channel before `send` refuses. */
  readonly maxQueuedBytes: number;
  /** Bytes of streams are sent only while no more than this waits on the channel: a call never queues behind more, and one chunk. */
  readonly bulkQueueBytes: number;
  /** How many bytes of one stream its reader holds while nobody takes them. */
  readonly streamWindowBytes: number;
  /** The most bytes of a stream in one message. */
  readonly streamChunkBytes: number;
  /** How many streams of one direction may be open at once. */
  readonly maxStreams: number;
  /** How long a stream waits for credit, or for data that were granted, before it is given up. */
  readonly streamIdleMs: number;
}

export const defaultWireLimits: WireLimits = {
  maxLineBytes: 64 * 1024 ** 2,
  maxInitLineBytes: 1024 ** 2,
  maxNesting,
  maxQueuedBytes: 256 * 1024 ** 2,
  bulkQueueBytes: 256 * 1024,
  streamWindowBytes: 1024 ** 2,
  streamChunkBytes: 64 * 1024,
  maxStreams: 1_000,
  streamIdleMs: 30_000,
};

/** What is wrong with an init line that is longer than modules read; undefined when nothing is. */
export function initLineProblem(line: string, limits: Partial<WireLimits> = {}): WireError | undefined {
  const { maxInitLineBytes } = { ...defaultWireLimits, ...limits };
  const bytes = Buffer.byteLength(line);
  if (bytes <= maxInitLineBytes) return undefined;
  const message = `the init line takes ${bytes} bytes and modules read ${maxInitLineBytes}: shorten the module's env`;
  return new WireError('LINE_TOO_LONG', message, { details: { bytes, maxInitLineBytes } });
}
