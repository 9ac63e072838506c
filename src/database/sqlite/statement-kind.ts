/** Statements that change data or schema and can be undone by a rollback. */
const change = /^\s*(?:insert|update|delete|replace|create|alter|drop|reindex|analyze|with)\b/i;

/** Whether a change stands here that may be wrapped in a transaction; `VACUUM` and some pragmas may not. */
export function canRollBack(sql: string): boolean {
  return change.test(sql);
}

/** Whether the text begins like a change. Only a hint that saves a round trip: the engine decides. */
export function looksLikeChange(sql: string): boolean {
  return change.test(sql) && !/^\s*with\b/i.test(sql);
}

/** Whether the statement changes nothing, as far as its text tells: it may as well run twice. */
export function onlyReads(sql: string): boolean {
  const [, word] = /^(?:\( )*(select|values|table|show|desc|describe|explain|pragma|with) /.exec(headOf(sql)) ?? [];
  return word !== undefined && !((word === 'with' || word === 'explain') && changesWithin.test(sql));
}

const changesWithin = /\b(?:insert|update|delete|merge|replace|analy[sz]e)\b/i;

/** Whether the statement makes an open transaction last. */
export function isCommit(sql: string): boolean {
  return /^\s*(?:commit|end)\b/i.test(sql);
}

/** Whether the statement sets something on the connection that runs it, rather than in the database. */
export function setsConnectionState(sql: string): boolean {
  if (!mayBeSetting.test(sql)) return false;
  const head = headOf(sql);
  return createsTemporary.test(head) || (setsPragma.test(head) && !asksPragma.test(head)) || reaches.test(head);
}

/** Of what sets something on the connection: whether that is no more than whether foreign keys are enforced. */
export function setsForeignKeys(sql: string): boolean {
  return /^pragma (?:\w+ \. )?foreign_keys [=(]/.test(headOf(sql));
}

/** Whether the statement asks how long the connection waits for locks, or sets that, to so many milliseconds. */
export function busyTimeoutIn(sql: string): number | 'asked' | undefined {
  const found = mayBeSetting.test(sql) ? busyTimeout.exec(headOf(sql)) : null;
  if (found === null) return undefined;
  const [, set] = found;
  return set === undefined ? 'asked' : Math.min(Math.max(Number(set.replace(' ', '')), 0), 2 ** 31 - 1);
}

const busyTimeout = /^pragma (?:\w+ \. )?busy_timeout (?:[=(] ((?:- )?\d+) (?:\) )?)?(?:; )?$/;
const mayBeSetting = /pragma|attach|temp/i;
const reaches = /^(?:attach|detach) /;
const createsTemporary = /^create (?:temp(?:orary)? |(?:\w+ ){1,5}temp(?:orary)? \. )/;
/** Some are set where they are only explained. */
const setsPragma = /^(?:explain (?:query plan )?)?pragma (?:\w+ \. )?\w+ [=(]/;
/** Those that take an argument and only look, or work on the file. */
const asksPragma =
  /pragma (?:\w+ \. )?(?:table_x?info|table_list|index_x?info|index_list|foreign_key_(?:list|check)|(?:integrity|quick)_check|optimize|incremental_vacuum|wal_checkpoint) \(/;

const headTokens = 12;

/** The first words and signs, in lower case, without comments and quotes, each with a space behind it. */
function headOf(sql: string): string {
  let head = '';
  let count = 0;
  for (const [token] of sql.matchAll(tokens)) {
    if (/^(?:\s|--|\/\*)/.test(token) || (count === 0 && token === ';')) continue;
    head += `${token.replace(/^["'`[](.*)["'`\]]$/s, '$1').toLowerCase()} `;
    count += 1;
    if (count === headTokens) break;
  }
  return head;
}

const tokens = /\s+|--[^\n]*|\/\*[^]*?(?:\*\/|$)|\w+|"[^"]*"|'[^']*'|`[^`]*`|\[[^\]]*\]|[^]/g;

/**
 * Whether the statement may ask for what the connection remembers of tables and indexes, which the engine does not
 * compare with the file first: another connection may have changed them.
 */
export function asksForSchema(sql: string): boolean {
  return /\bpragma(?:_|\b)/i.test(sql);
}

/** Whether the statement reaches for a file that is not the database: `ATTACH`, `VACUUM INTO`. */
export function reachesOtherFiles(sql: string): boolean {
  const statement = sql.replace(/^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/, '');
  return /^(?:attach|detach)\b/i.test(statement) || /^vacuum\b[\s\S]*\binto\b/i.test(statement);
}
