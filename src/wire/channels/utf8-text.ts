import { isUtf8 } from 'node:buffer';

/** The text of these bytes; undefined when they are not UTF-8. */
export function utf8Text(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  // What is not UTF-8 is read as this character, which may also stand there itself.
  return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text;
}
