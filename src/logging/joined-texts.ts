import { type TextView, ViewBuilder } from './text-view.js';

/** MIME breaks base64 after 76 characters, PEM after 64. */
const shortestBrokenLine = 60;

/** Text in UTF-16 of which somebody read the bytes one by one. */
export function withoutNuls(text: string): TextView | undefined {
  if (!text.includes('\0')) return undefined;
  const builder = new ViewBuilder(text);
  for (let at = text.indexOf('\0'); at !== -1; at = text.indexOf('\0', at + 1)) builder.put(at, at + 1, '');
  return builder.view();
}

/** Base64 that was broken into lines, which may be indented, in one piece. */
export function withoutLineBreaks(text: string): TextView | undefined {
  const builder = new ViewBuilder(text);
  for (let found = nextBreak(text, 0); found !== undefined; found = nextBreak(text, found.next))
    builder.put(found.end, found.next, '');
  return builder.view();
}

/** The first break in base64 from there on: where its line ends, and where the next one begins. */
export function nextBreak(text: string, from: number): { readonly end: number; readonly next: number } | undefined {
  for (let at = text.indexOf('\n', from); at !== -1; at = text.indexOf('\n', at + 1)) {
    const end = text[at - 1] === '\r' ? at - 1 : at;
    if (!endsBrokenLine(text, end)) continue;
    let next = at + 1;
    while (text[next] === ' ' || text[next] === '\t') next++;
    if (isBase64(text.charCodeAt(next))) return { end, next };
  }
  return undefined;
}

/** Whether a whole line of base64 ends there. */
export function endsBrokenLine(text: string, end: number): boolean {
  if (end < shortestBrokenLine) return false;
  for (let at = end - 1; at >= end - shortestBrokenLine; at--) if (!isBase64(text.charCodeAt(at))) return false;
  return true;
}

export function isBase64(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || // a to z
    (code >= 65 && code <= 90) || // A to Z
    (code >= 47 && code <= 57) || // /, 0 to 9
    code === 43 || // +
    code === 45 || // -
    code === 95 // _
  );
}
