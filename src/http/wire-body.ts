import { limitBytes, readBytes } from './limit-body.js';

/** Bodies up to this travel in the message itself. */
const inlineBytes = 64 * 1024;

/** A body as it is sent: whole in the message, or as a stream beside it. */
export type WireBody = Uint8Array | null | ReadableStream<Uint8Array>;

export interface RequestBodyOptions {
  readonly maxBodyBytes: number;
  readonly mayStream: boolean;
}

/**
 * The body of a request that goes over the wire: whole when it is said to be short, or turns out to be, or must not be a
 * stream. Either fails with BODY_TOO_LARGE beyond `maxBodyBytes`.
 */
export function requestBodyToWire(
  { body, headers }: Request,
  { maxBodyBytes, mayStream }: RequestBodyOptions,
): Promise<WireBody> {
  const declared = Number(headers.get('content-length') ?? Number.NaN);
  if (body === null || !mayStream || declared <= inlineBytes) return readBytes(body, maxBodyBytes);
  const limited = body.pipeThrough(limitBytes(maxBodyBytes));
  return declared > inlineBytes ? Promise.resolve(limited) : bodyToWire(limited);
}

/**
 * A body as it is sent: whole when all of it is there before the event loop turns and it is short, else a stream that
 * gives each piece as it is produced. Text counts as UTF-8, as it does for a server on a port.
 */
export async function bodyToWire(body: ReadableStream<Uint8Array | string> | null): Promise<WireBody> {
  if (body === null) return null;
  const reader = body.getReader();
  const turned = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= inlineBytes) {
    const reading = reader.read();
    const next = await Promise.race([reading, turned]);
    if (next === undefined) return rejoined(pieces, reader, reading);
    if (next.done) return pieces.length === 0 ? null : Buffer.concat(pieces);
    pieces.push(bytesOf(next.value));
    bytes += pieces.at(-1)!.byteLength;
  }
  return rejoined(pieces, reader);
}

/** What was read of a body, then the rest of it. */
function rejoined(
  pieces: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array | string>,
  reading?: ReturnType<typeof reader.read>,
): ReadableStream<Uint8Array> {
  let begun = reading;
  // Nobody may ever ask for it.
  begun?.catch(() => undefined);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = pieces.shift();
        if (piece) return controller.enqueue(piece);
        const next = await (begun ?? reader.read());
        begun = undefined;
        if (next.done) controller.close();
        else controller.enqueue(bytesOf(next.value));
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

function bytesOf(piece: unknown): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(piece);
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  throw new TypeError(`a body is made of bytes (Uint8Array) or text, and a piece of this one is ${typeof piece}`);
}
