import { type TextView, ViewBuilder } from './text-view.js';

/** On a terminal each number of an array has one. */
const colour = String.raw`\u001b\[\d+m`;
/** How bytes begin that Node and others print, or write as JSON. */
const beginnings = new RegExp(String.raw`<Buffer |\[\s*(?=(?:${colour})?\d{1,3}(?:${colour})?\s*,)`, 'g');
const hexByte = /([ ,\s]*)([0-9a-f]{2})(?![0-9a-z])/y;
const decimalByte = new RegExp(String.raw`((?:[\s,]|${colour})*)(\d{1,3})(?!\d)`, 'y');
const cut = new RegExp(String.raw`(?:[\s,]|${colour})*\.\.\. \d+ more (?:byte|item)`, 'y');

/** Whether `printedBytes` may have something to tell; of most text it has nothing. */
export function mayPrintBytes(text: string): boolean {
  for (let at = text.indexOf('['); at !== -1; at = text.indexOf('[', at + 1)) {
    let next = at + 1;
    while (isSpace(text.charCodeAt(next))) next++;
    if (isDigit(text.charCodeAt(next))) return true;
  }
  return text.includes('<') && text.includes('<Buffer ');
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Bytes as Node prints them, or as an array of numbers as JSON and other languages write it, each as a character. */
export function printedBytes(text: string): TextView | undefined {
  if (!mayPrintBytes(text)) return undefined;
  const [builder, cuts] = [new ViewBuilder(text), [] as number[]];
  let reached = 0;
  for (const { 0: beginning, index } of text.matchAll(beginnings)) {
    if (index < reached) continue;
    const [byte, radix] = beginning.startsWith('<') ? [hexByte, 16] : [decimalByte, 10];
    reached = index + beginning.length;
    for (;;) {
      byte.lastIndex = reached;
      const [whole = '', separator = '', digits = ''] = byte.exec(text) ?? [];
      const code = parseInt(digits, radix);
      if (!(code < 256)) break;
      // The separator is hidden with the byte after it, if that is.
      builder.put(reached, reached + separator.length, '');
      builder.put(reached + separator.length, reached + whole.length, String.fromCharCode(code));
      reached += whole.length;
    }
    cut.lastIndex = reached;
    if (cut.test(text)) cuts.push(builder.length);
  }
  const view = builder.view();
  return view && { ...view, cuts };
}
