/** A text as its writer means it: programs of Windows begin one with U+FEFF, which is no part of its first name. */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}
