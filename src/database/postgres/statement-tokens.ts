export interface Token {
  readonly kind: 'word' | 'text' | 'sign';
  readonly value: string;
}

const space = /\s/;
const wordStart = /[A-Za-z_\u0080-\uffff]/;
const wordPart = /[A-Za-z0-9_$\u0080-\uffff]/;

/**
 * The statements of PostgreSQL's SQL: words in lower case, quoted names as words as written, texts without their quotes,
 * and signs. Escapes in `E'…'`, `U&'…'` and `U&"…"` are what they mean.
 */
export function* statementsOf(sql: string): Generator<readonly Token[]> {
  let statement: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const sign = sql[at]!;
    if (space.test(sign)) at += 1;
    else if (sql.startsWith('--', at)) at = afterLine(sql, at);
    else if (sql.startsWith('/*', at)) at = afterComment(sql, at);
    else if (sign === ';') {
      if (statement.length > 0) yield statement;
      statement = [];
      at += 1;
    } else if (sign === "'" || sign === '"') {
      const prefix = prefixOf(sql, at);
      const end = afterQuoted(sql, at + 1, sign, prefix === 'e');
      // What stands before the quote came as a word, and of U& as a sign, too.
      if (prefix !== undefined) statement.splice(prefix === 'e' ? -1 : -2);
      const value = meant(sql.slice(at + 1, end - 1).replaceAll(sign + sign, sign), prefix, sql.slice(end, end + 40));
      statement.push({ kind: sign === '"' ? 'word' : 'text', value });
      at = end;
    } else if (sign === '$' && dollarTag(sql, at) !== undefined) {
      const tag = dollarTag(sql, at)!;
      const close = sql.indexOf(tag, at + tag.length);
      const end = close < 0 ? sql.length : close;
      statement.push({ kind: 'text', value: sql.slice(at + tag.length, end) });
      at = close < 0 ? sql.length : close + tag.length;
    } else if (wordStart.test(sign)) {
      let end = at + 1;
      while (end < sql.length && wordPart.test(sql[end]!)) end += 1;
      statement.push({ kind: 'word', value: sql.slice(at, end).toLowerCase() });
      at = end;
    } else {
      statement.push({ kind: 'sign', value: sign });
      at += 1;
    }
  }
  if (statement.length > 0) yield statement;
}

/** It ends at either sign, whatever the system. */
function afterLine(sql: string, at: number): number {
  const end = sql.slice(at).search(/[\n\r]/);
  return end < 0 ? sql.length : at + end;
}

/** They nest. */
function afterComment(sql: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const open = sql.indexOf('/*', at);
    const close = sql.indexOf('*/', at);
    if (close < 0) return sql.length;
    depth += open >= 0 && open < close ? 1 : -1;
    at = (open >= 0 && open < close ? open : close) + 2;
  } while (depth > 0);
  return at;
}

function afterQuoted(sql: string, start: number, quote: string, hasEscapes: boolean): number {
  let at = start;
  while (at < sql.length) {
    if (hasEscapes && sql[at] === '\\') at += 2;
    else if (sql[at] !== quote) at += 1;
    else if (sql[at + 1] === quote) at += 2;
    else {
      const next = quote === "'" ? continuation(sql, at + 1) : undefined;
      if (next === undefined) return at + 1;
      at = next;
    }
  }
  return sql.length + 1;
}

/** A text goes on, with the same escapes, in the next one that only the end of a line and comments of lines part from it. */
function continuation(sql: string, at: number): number | undefined {
  continuing.lastIndex = at;
  return continuing.test(sql) ? continuing.lastIndex : undefined;
}

const continuing = /(?=[^\S\n\r]*(?:--[^\n\r]*)?[\n\r])(?:\s|--[^\n\r]*[\n\r])+'/y;

/** Of `E'…'`, in which a backslash escapes, and of `U&'…'` and `U&"…"`. */
function prefixOf(sql: string, at: number): 'e' | 'u&' | undefined {
  const [found] = /[eE]$|[uU]&$/.exec(sql.slice(Math.max(0, at - 2), at)) ?? [''];
  const prefix = found.toLowerCase();
  const isWhole = prefix !== '' && !wordPart.test(sql[at - prefix.length - 1] ?? ' ');
  if (!isWhole || (prefix === 'e' && sql[at] === '"')) return undefined;
  return prefix as 'e' | 'u&';
}

function meant(text: string, prefix: 'e' | 'u&' | undefined, following: string): string {
  if (prefix === undefined) return text;
  if (prefix === 'e')
    return text.replace(/\\(?:x([\da-f]{1,2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{1,3})|(.))/gis, escapeMeant);
  const escape = /^\s*uescape\s*'(.)'/is.exec(following)?.[1] ?? '\\';
  const escaped = new RegExp(`${/\w/.test(escape) ? '' : '\\'}${escape}(?:([\\da-f]{4})|\\+([\\da-f]{6}))`, 'gi');
  return text.replace(escaped, (_, short?: string, long?: string) => character(Number.parseInt((short ?? long)!, 16)));
}

function escapeMeant(_: string, x?: string, u?: string, U?: string, octal?: string, other?: string): string {
  const hex = x ?? u ?? U;
  if (hex !== undefined) return character(Number.parseInt(hex, 16));
  return octal === undefined ? (other ?? '') : character(Number.parseInt(octal, 8));
}

function character(code: number): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : '';
}

function dollarTag(sql: string, at: number): string | undefined {
  return /^\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 66))?.[0];
}
