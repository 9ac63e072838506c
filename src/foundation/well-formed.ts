const loneSurrogate = /\p{Surrogate}/u;

/** Whether the text has no half of a surrogate pair, so that UTF-8 can carry it unchanged. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}
