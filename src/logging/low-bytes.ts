/** So many characters are copied at once. */
export const mostLowBytes = 64 * 1024;
/** Room for three that stand before the first one. */
const before = 3;
const copy = Buffer.allocUnsafeSlow(before + mostLowBytes);
const words = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);

/**
 * The lowest byte of each character of a text, of which four are read at once: `getInt32(last, true)` gives those up to
 * `last`, the last one highest, with anything for those before the first. Reading them from the text itself, one by one,
 * takes several times as long. It is the same for everybody, until the next call.
 */
export function lowBytesOf(text: string): DataView {
  copy.write(text, before, text.length, 'latin1');
  return words;
}

/** Leaves nothing of a text that holds a secret. */
export function wipeLowBytes(length: number): void {
  copy.fill(0, before, before + length);
}

/** The same four of a text of which `lowBytesOf` was not asked. */
export function lowBytesAt(text: string, last: number): number {
  const byteAt = (at: number) => text.charCodeAt(at) & 0xff;
  return (byteAt(last) << 24) | (byteAt(last - 1) << 16) | (byteAt(last - 2) << 8) | byteAt(last - 3);
}
