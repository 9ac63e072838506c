/** What a statement means for whoever lends the connection it runs on. */
export interface StatementFinding {
  /** Why it is not run: it would reach beyond what the module was granted. */
  readonly refusal?: string;
  /** It leaves something in the session that the next statement of the same client may count on. */
  readonly keepsState?: boolean;
  /** It leaves nothing in the session. */
  readonly clearsState?: boolean;
}

interface Token {
  readonly kind: 'word' | 'text' | 'sign';
  readonly value: string;
}

/** Only statements with one of these words are looked at closer. */
const remarkable =
  /\b(?:set|reset|copy|listen|load|prepare|temp|temporary|hold|discard|set_config|pg_temp|pg_(?:try_)?advisory_lock(?:_shared)?)\b/i;

const unremarkable: StatementFinding = {};
const space = /\s/;
const wordStart = /[A-Za-z_\u0080-\uffff]/;
const wordPart = /[A-Za-z0-9_$\u0080-\uffff]/;

/**
 * Looks at the SQL of one message, statement by statement. The best that can be done without parsing it in full: what
 * runs inside functions and DO blocks is not seen, and the rights of the database role are the boundary that holds.
 */
export function scanStatements(sql: string): StatementFinding {
  if (!remarkable.test(sql)) return unremarkable;
  let finding = unremarkable;
  for (const statement of statementsOf(sql)) {
    const refusal = refusalOf(statement);
    if (refusal !== undefined) return { refusal };
    if (keepsState(statement)) finding = { keepsState: true };
    else if (startsWith(statement, 'discard', 'all')) finding = { clearsState: true };
  }
  return finding;
}

function refusalOf(statement: readonly Token[]): string | undefined {
  const first = wordAt(statement, 0);
  if (first === 'set' || first === 'reset') {
    const skipped =
      ['session', 'local'].includes(wordAt(statement, 1) ?? '') && wordAt(statement, 2) !== 'authorization';
    const name = wordAt(statement, skipped ? 2 : 1);
    const isSession = name === 'session' && wordAt(statement, skipped ? 3 : 2) === 'authorization';
    const isAuthorization = name === 'session_authorization' || isSession;
    if (name === 'role' || isAuthorization)
      return `${first.toUpperCase()} ${name === 'role' ? 'ROLE' : 'SESSION AUTHORIZATION'}`;
  }
  if (first === 'copy') return copyRefusal(statement);
  const settings = statement.findIndex(({ kind, value }) => kind === 'word' && value === 'set_config');
  if (settings >= 0) {
    const named = statement[settings + 2];
    if (named?.kind === 'text' && ['role', 'session_authorization'].includes(named.value.toLowerCase()))
      return `set_config of ${named.value.toLowerCase()}`;
  }
  return undefined;
}

/** COPY between a table and the client is fine, between a table and the server's files or programs is not. */
function copyRefusal(statement: readonly Token[]): string | undefined {
  let depth = 0;
  for (const [index, { kind, value }] of statement.entries()) {
    if (kind === 'sign' && value === '(') depth += 1;
    if (kind === 'sign' && value === ')') depth -= 1;
    if (depth > 0 || kind !== 'word' || (value !== 'to' && value !== 'from')) continue;
    const target = wordAt(statement, index + 1);
    if (target !== 'stdin' && target !== 'stdout') return 'COPY with a file or program of the server';
    return undefined;
  }
  return undefined;
}

const stateFunctions = /^(pg_(try_)?advisory_lock(_shared)?|set_config|pg_temp)$/;

function keepsState(statement: readonly Token[]): boolean {
  const first = wordAt(statement, 0);
  const second = wordAt(statement, 1);
  if (first === 'set') return second !== 'local' && second !== 'transaction' && second !== 'constraints';
  if (first === 'listen' || first === 'load') return true;
  if (first === 'prepare') return second !== 'transaction';
  if (first === 'create' && statement.slice(1, 4).some(isTemporary)) return true;
  if (first === 'declare' && hasSequence(statement, 'with', 'hold')) return true;
  return statement.some(
    (token, index) =>
      token.kind === 'word' &&
      (stateFunctions.test(token.value) || (token.value === 'into' && isTemporary(statement[index + 1]))),
  );
}

function isTemporary(token: Token | undefined): boolean {
  return token?.kind === 'word' && (token.value === 'temp' || token.value === 'temporary');
}

function wordAt(statement: readonly Token[], index: number): string | undefined {
  const token = statement[index];
  return token?.kind === 'word' ? token.value : undefined;
}

function startsWith(statement: readonly Token[], ...words: readonly string[]): boolean {
  return words.every((word, index) => wordAt(statement, index) === word);
}

function hasSequence(statement: readonly Token[], ...words: readonly string[]): boolean {
  return statement.some((_, at) => words.every((word, index) => wordAt(statement, at + index) === word));
}

/** Words in lower case, quoted names as words as written, texts without their quotes, and signs. */
function* statementsOf(sql: string): Generator<readonly Token[]> {
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
    } else if (sign === "'") {
      const end = afterQuoted(sql, at + 1, "'", isEscapeText(sql, at));
      statement.push({ kind: 'text', value: sql.slice(at + 1, end - 1) });
      at = end;
    } else if (sign === '"') {
      const end = afterQuoted(sql, at + 1, '"', false);
      statement.push({ kind: 'word', value: sql.slice(at + 1, end - 1) });
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

function afterLine(sql: string, at: number): number {
  const end = sql.indexOf('\n', at);
  return end < 0 ? sql.length : end;
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
    else return at + 1;
  }
  return sql.length + 1;
}

/** E'…', in which a backslash escapes. */
function isEscapeText(sql: string, at: number): boolean {
  return /[eE]/.test(sql[at - 1] ?? '') && !wordPart.test(sql[at - 2] ?? ' ');
}

function dollarTag(sql: string, at: number): string | undefined {
  return /^\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/.exec(sql.slice(at, at + 66))?.[0];
}
