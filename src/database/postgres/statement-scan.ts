import { statementsOf, type Token } from './statement-tokens.js';

/** What a statement means for whoever lends the connection it runs on. */
export interface StatementFinding {
  /** Why it is not run: it would reach beyond what the module was granted. */
  readonly refusal?: string;
  /** It leaves something in the session that the next statement of the same client may count on. */
  readonly keepsState?: boolean;
  /** It asks for the last value of a sequence, which an earlier message left in the session. */
  readonly readsSequence?: boolean;
  /** It leaves nothing in the session. */
  readonly clearsState?: boolean;
}

/** Where the answer would be of somebody else's statement. */
export const sequenceIsLost =
  'the last value of a sequence is not known any more, since others had the session meanwhile: ask in the transaction of the statement that took it, or use RETURNING';

/** Only statements with one of these words are looked at closer. */
const remarkable =
  /\b(?:set|reset|copy|listen|load|prepare|temp|temporary|hold|discard|set_config|setseed|currval|lastval|pg_temp|pg_(?:try_)?advisory_lock(?:_shared)?|pg_read_(?:binary_)?file|pg_ls_dir|lo_(?:im|ex)port)\b|\bu&"/i;

const unremarkable: StatementFinding = {};

/**
 * Looks at the SQL of one message, statement by statement, also in DO blocks. The best that can be done without parsing
 * it in full: what functions do, and SQL that is put together in the server, is not seen, and the rights of the database
 * role are the boundary that holds.
 */
export function scanStatements(sql: string): StatementFinding {
  if (!remarkable.test(sql)) return unremarkable;
  let finding = unremarkable;
  let isFirst = true;
  for (const statement of statementsOf(sql)) {
    const refusal = refusalOf(statement);
    if (refusal !== undefined) return { refusal };
    if (isFirst && asksSequence(statement) && !calls(statement, /^(?:next|set)val$/))
      finding = { keepsState: true, readsSequence: true };
    else if (keepsState(statement)) finding = { ...finding, keepsState: true };
    else if (startsWith(statement, 'discard', 'all')) finding = { clearsState: true };
    for (const text of codeIn(statement)) {
      const inner = scanStatements(text);
      if (inner.refusal !== undefined) return inner;
      if (inner.keepsState) finding = { ...finding, keepsState: true };
    }
    isFirst = false;
  }
  return finding;
}

/** The statements that a DO block, or EXECUTE in it, has as texts; each alone, whatever it stands in. */
function* codeIn(statement: readonly Token[]): Generator<string> {
  const first = wordAt(statement, 0);
  const runsText = first === 'execute' && (statement[1]?.kind === 'text' || wordAt(statement, 1) === 'format');
  if (first !== 'do' && !runsText) return;
  for (const { kind, value } of statement)
    if (kind === 'text') yield first === 'do' ? value.replace(/\b(?:begin|then|else|loop)\b/gi, ';') : value;
}

function refusalOf(statement: readonly Token[]): string | undefined {
  const first = wordAt(statement, 0);
  if (first === 'set' || first === 'reset') {
    const skipped =
      ['session', 'local'].includes(wordAt(statement, 1) ?? '') && wordAt(statement, 2) !== 'authorization';
    // Names of settings have no case, quoted or not.
    const name = wordAt(statement, skipped ? 2 : 1)?.toLowerCase();
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
  return statement.find(
    ({ kind, value }, index) => kind === 'word' && fileFunctions.test(value) && opens(statement, index),
  )?.value;
}

const fileFunctions = /^(pg_read_(binary_)?file|pg_ls_dir|lo_(im|ex)port)$/;

function opens(statement: readonly Token[], index: number): boolean {
  const next = statement[index + 1];
  return next?.kind === 'sign' && next.value === '(';
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

const stateFunctions = /^(pg_(try_)?advisory_lock(_shared)?|set_config|setseed|pg_temp)$/;

/** The last value, now and not where a default is defined. */
function asksSequence(statement: readonly Token[]): boolean {
  const isDefinition = ['create', 'alter'].includes(wordAt(statement, 0) ?? '');
  return !isDefinition && calls(statement, /^(?:curr|last)val$/);
}

function calls(statement: readonly Token[], name: RegExp): boolean {
  return statement.some(({ kind, value }, index) => kind === 'word' && name.test(value) && opens(statement, index));
}

function keepsState(statement: readonly Token[]): boolean {
  const first = wordAt(statement, 0);
  const second = wordAt(statement, 1);
  if (first === 'set') return second !== 'local' && second !== 'transaction' && second !== 'constraints';
  if (first === 'listen' || first === 'load') return true;
  if (first === 'prepare') return second !== 'transaction';
  if (first === 'create' && statement.slice(1, 4).some(isTemporary)) return true;
  if (first === 'declare' && hasSequence(statement, 'with', 'hold')) return true;
  // Whoever asks once will ask again, after the next insert.
  if (asksSequence(statement)) return true;
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
