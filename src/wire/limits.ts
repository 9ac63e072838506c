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
  /** How many bytes may wait on a channel before `send` refuses; one message alone may be longer. */
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

/** Of an orchestrator's limits what its modules have to keep, in the offer of extensions. */
export interface ToldLimits {
  readonly message_bytes?: number | undefined;
  readonly nesting?: number | undefined;
}

/** undefined where both are what every peer takes for granted. */
export function toldLimits({ maxLineBytes, maxNesting: nesting }: Partial<WireLimits>): ToldLimits | undefined {
  const told = {
    ...(maxLineBytes !== undefined &&
      maxLineBytes !== defaultWireLimits.maxLineBytes && { message_bytes: maxLineBytes }),
    ...(nesting !== undefined && nesting !== maxNesting && { nesting }),
  };
  return Object.keys(told).length === 0 ? undefined : told;
}

/** The longest chunk of a stream, of those wanted, whose message is no longer than that also where bytes travel as base64. */
export function chunkWithin(messageBytes: number, wantedBytes: number): number {
  const envelopeBytes = Math.min(1_024, messageBytes / 2);
  return Math.max(1, Math.min(wantedBytes, Math.floor(((messageBytes - envelopeBytes) * 3) / 4)));
}

const initLineVariable = 'PYWATT_MAX_INIT_LINE';

/** How a module learns, before its first line, that this may be longer or shorter than usual: in its environment. */
export function initLineVariables({ maxInitLineBytes }: Partial<WireLimits>): Record<string, string> {
  const isUsual = maxInitLineBytes === undefined || maxInitLineBytes === defaultWireLimits.maxInitLineBytes;
  return isUsual ? {} : { [initLineVariable]: String(maxInitLineBytes) };
}

export function initLineLimit(env: NodeJS.ProcessEnv): Partial<WireLimits> {
  const bytes = Number(env[initLineVariable]);
  return Number.isSafeInteger(bytes) && bytes > 0 ? { maxInitLineBytes: bytes } : {};
}

/** What is wrong with an init line that is longer than modules read; undefined when nothing is. */
export function initLineProblem(line: string, limits: Partial<WireLimits> = {}): WireError | undefined {
  const { maxInitLineBytes } = { ...defaultWireLimits, ...limits };
  const bytes = Buffer.byteLength(line);
  if (bytes <= maxInitLineBytes) return undefined;
  const message =
    `the init line takes ${bytes} bytes and modules read ${maxInitLineBytes}: shorten the module's env, ` +
    'or, for modules of this SDK, raise wire.maxInitLine';
  return new WireError('LINE_TOO_LONG', message, { details: { bytes, maxInitLineBytes } });
}
