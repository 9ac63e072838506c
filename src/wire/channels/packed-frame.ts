import { WireError } from '../../foundation/index.js';
import type { Frame } from './frame-codec.js';
import { utf8Text } from './utf8-text.js';

/**
 * Between our own ends a frame of format 2 may be packed: 4 bytes of length (big-endian) of the JSON text, the text, and
 * the raw bytes that belong to it. Other peers write JSON in frames of format 2, which begins with `{` or white space: no
 * text is as long as that would be as a length, so the first byte tells the two apart.
 */
export const packedHeaderBytes = 4;

const highestFirstByte = 0x08;
export const maxPackedTextBytes = 0x08ff_ffff;

export function isPacked({ format, payload }: Frame): boolean {
  return format === 'binary' && payload.length >= packedHeaderBytes && payload[0]! <= highestFirstByte;
}

/** Writes the length of the text; returns where the text begins. */
export function packedHeader(target: Buffer, at: number, textBytes: number): number {
  return target.writeUInt32BE(textBytes, at);
}

/** The text, and a view of the bytes. Throws `WireError` MESSAGE_INVALID when the payload is not of this form. */
export function unpack(payload: Buffer): { readonly text: string; readonly bytes: Buffer } {
  const end = packedHeaderBytes + payload.readUInt32BE(0);
  if (end > payload.length)
    throw new WireError('MESSAGE_INVALID', `a frame of ${payload.length} bytes says that its text is longer`);
  const text = utf8Text(payload.subarray(packedHeaderBytes, end));
  if (text === undefined) throw new WireError('MESSAGE_INVALID', `the text of a packed frame is not UTF-8`);
  return { text, bytes: payload.subarray(end) };
}
