import { isUtf8 } from 'node:buffer';

/** The text of these bytes, or of a part of them; undefined when they are not UTF-8. */
export function utf8Text(bytes: Buffer, start = 0, end = bytes.length): string | undefined {
  const text = bytes.toString('utf8', start, end);
  // What is not UTF-8 is read as this character, which may also stand there itself.
  return text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end)) ? undefined : text;
}
