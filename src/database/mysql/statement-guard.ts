/** What the relay must know of a statement before it passes on. */
export interface StatementReport {
  /** Why it may not pass. */
  readonly refused?: string;
  /** The connection whose statement it ends, when it is nothing but KILL QUERY. */
  readonly killed?: string;
  /** It leaves something in the session that the connection's next statement may count on. */
  readonly keepsSession?: true;
  /** It is nothing but the switch of these checks, which whoever drops many tables turns off and on again. */
  readonly foreignKeyChecks?: 'on' | 'off';
  /** It says how the next transaction begins. */
  readonly setsNextTransaction?: true;
  /** It asks for what an earlier statement left in the session. */
  readonly asksFor?: Leftover;
  /** From now on the session may read what stands between double quotes as a name. */
  readonly mayQuoteNames?: true;
}

/** How a session reads what stands between quotes. */
export interface QuotingModes {
  /** With NO_BACKSLASH_ESCAPES, a backslash is a sign like any other. */
  readonly hasPlainBackslashes?: boolean;
  /** With ANSI_QUOTES, it is one between double quotes. Only some modes of a session can be told from outside. */
  readonly mayQuoteNames?: boolean;
}

/** The id that the last insert made, or what was left by the statement directly before: counts and warnings. */
export type Leftover = 'insert id' | 'last statement';

/** At most this much of a statement is read; what it does comes first, long values later. */
export const statementHeadBytes = 65_536;

const unremarkable: StatementReport = {};

/** Only statements with one of these words are looked at closer. */
const remarkableWords =
  /\b(?:kill|shutdown|load|load_file|outfile|dumpfile|grant|revoke|user|role|set|use|lock|export|backup|get_lock|prepare|execute|temporary|handler|xa|binlog|install|uninstall|persist|last_insert_id|row_count|found_rows|warnings|errors|diagnostics|lastval|previous)\b|:=|@/i;

/**
 * Reads a statement as far as that is possible from the outside. What would reach beyond the grant of a module is refused:
 * files of the server or of the module, settings and accounts of the whole server, other connections. Best effort: SQL that
 * is put together in the server (PREPARE … FROM @text, procedures) cannot be read here, and what the account may do is the
 * real boundary. Where several readings of its quotes are possible, what one of them finds counts.
 */
export function inspectStatement(sql: string, modes: QuotingModes = {}): StatementReport {
  if (!remarkableWords.test(sql)) return unremarkable;
  const reports = readingsOf(sql, modes).map((reading) => inspectAs(sql, modes, reading));
  const refused = reports.find((report) => report.refused !== undefined);
  return refused ?? Object.assign({}, ...reports, choosesQuotes(sql) ? { mayQuoteNames: true } : {});
}

/** A mode that is set holds for what follows in the same text, too. */
function readingsOf(sql: string, { hasPlainBackslashes = false, mayQuoteNames = false }: QuotingModes): RegExp[] {
  if (/\bsql_mode\b/i.test(sql)) return [tokens, plainTokens, namesTokens];
  if (hasPlainBackslashes) return [plainTokens];
  return mayQuoteNames ? [tokens, namesTokens] : [tokens];
}

/** Whether it may set the mode to anything but a plain text without the modes that have ANSI_QUOTES. */
function choosesQuotes(sql: string): boolean {
  return /\bset\b/i.test(sql) && /\bsql_mode\b/i.test(sql.replace(harmlessMode, ''));
}

const harmlessMode =
  /\bsql_mode`?\s*:?=\s*'(?![^']*(?:ansi|oracle|mssql|db2|maxdb|postgresql))[a-z_,\s]*'(?=\s*(?:[,;]|$))/gi;

function inspectAs(sql: string, modes: QuotingModes, reading: RegExp): StatementReport {
  const checks = foreignKeyChecks.exec(sql)?.[1];
  if (checks !== undefined) return { foreignKeyChecks: checks === '1' ? 'on' : 'off' };
  const statements = statementsOf(sql, reading);
  const [only] = statements;
  if (statements.length === 1 && only?.[0] === 'KILL') return killsItself.test(sql) ? unremarkable : inspectKill(only);
  let report: StatementReport = unremarkable;
  for (const [, text = ''] of sql.matchAll(textRun)) {
    const inner = inspectStatement(text.replaceAll("''", "'").replace(/\\(.)/gs, '$1'), modes);
    if (inner.refused !== undefined) return { refused: inner.refused };
    if (inner.keepsSession) report = { keepsSession: true };
  }
  for (const words of statements) {
    const refused = reasonToRefuse(words);
    if (refused !== undefined) return { refused };
    if (setsNextTransaction(words)) report = { ...report, setsNextTransaction: true };
    else if (keepsSession(words)) report = { ...report, keepsSession: true };
  }
  const sequence = statements.findIndex((words) => asksSequence(words, sql));
  // Whoever asks once will ask again, after the next insert.
  if (sequence >= 0) report = { ...report, keepsSession: true };
  const isLeft = sequence === 0 && !statements[0]?.some((word) => /^(?:NEXTVAL|SETVAL|NEXT)$/.test(word));
  const asksFor = isLeft ? 'last statement' : leftoverAskedFor(statements);
  return asksFor === undefined ? report : { ...report, asksFor };
}

const foreignKeyChecks = /^\s*SET\s+FOREIGN_KEY_CHECKS\s*=\s*([01])\s*;?\s*$/i;

/** A text that is run as a statement. */
const textRun = /\b(?:execute\s+immediate|prepare\s+\S+\s+from)\s+'((?:[^'\\]|\\.|'')*)'/gis;

/** By its text, since words leave literals out. */
const killsItself = /^\s*KILL\s+(?:(?:HARD|SOFT)\s+)?(?:(?:CONNECTION|QUERY)\s+)?CONNECTION_ID\(\)\s*;?\s*$/i;

function inspectKill(words: readonly string[]): StatementReport {
  const [, ...rest] = words.filter((word) => word !== 'HARD' && word !== 'SOFT');
  const [what, id] = rest;
  if (rest.length === 2 && what === 'QUERY' && id !== undefined && /^\d+$/.test(id)) return { killed: id };
  return {
    refused: 'KILL is refused, but for the own CONNECTION_ID() and KILL QUERY of a connection of the same module',
  };
}

function reasonToRefuse(words: readonly string[]): string | undefined {
  const [first = '', second = ''] = words;
  const has = (word: string): boolean => words.includes(word);
  if (has('KILL')) return 'KILL QUERY is refused among other statements';
  if (['SHUTDOWN', 'RESTART', 'BINLOG', 'INSTALL', 'UNINSTALL'].includes(first)) return `${first} is refused`;
  if (has('LOAD')) return 'LOAD DATA is refused: it reads files of the server or of the module';
  if (words.some((word, index) => words[index - 1] === 'INTO' && (word === 'OUTFILE' || word === 'DUMPFILE')))
    return 'INTO OUTFILE and INTO DUMPFILE are refused: they write files of the server';
  if (has('LOAD_FILE')) return 'LOAD_FILE is refused: it reads files of the server';
  if (has('GRANT') || has('REVOKE')) return 'GRANT and REVOKE are refused: they change accounts';
  if (['CREATE', 'ALTER', 'DROP', 'RENAME'].includes(first)) {
    const object = words.slice(1, 4).find((word) => word !== 'OR' && word !== 'REPLACE');
    if (object === 'USER' || object === 'ROLE') return `${first} ${object} is refused: it changes accounts`;
  }
  if (first === 'SET') {
    // What a value is assigned to is a variable of that name; a password is assigned, too.
    const setsRole = second === 'ROLE' && words[2] !== '=';
    if (second === 'PASSWORD' || setsRole || (second === 'DEFAULT' && words[2] === 'ROLE'))
      return 'SET PASSWORD and SET ROLE are refused: they change accounts';
    const scope = words.find((word, index) => isAssigned(words, index) && globalScopes.includes(word));
    if (scope !== undefined) return `SET ${scope.replace('@@', '')} is refused: it changes the whole server`;
  }
  return undefined;
}

const globalScopes = ['GLOBAL', '@@GLOBAL', 'PERSIST', '@@PERSIST', 'PERSIST_ONLY', '@@PERSIST_ONLY'];

const isAssigned = (words: readonly string[], index: number): boolean => index === 1 || words[index - 1] === ',';

const setsNextTransaction = ([first, second]: readonly string[]): boolean =>
  first === 'SET' && second === 'TRANSACTION';

function keepsSession(words: readonly string[]): boolean {
  const [first = '', second = '', third = ''] = words;
  if (['SET', 'USE', 'LOCK', 'PREPARE', 'HANDLER', 'XA', 'BACKUP'].includes(first)) return true;
  if (first === 'FLUSH' && (words.includes('LOCK') || words.includes('EXPORT'))) return true;
  if (first === 'CREATE' && [second, third, words[3]].includes('TEMPORARY')) return true;
  return words.some((word) => word === 'GET_LOCK' || word === ':=' || (word.startsWith('@') && !word.startsWith('@@')));
}

/** The last value of a sequence, now and not where a default is defined. */
function asksSequence(words: readonly string[], sql: string): boolean {
  if (words[0] === 'CREATE' || words[0] === 'ALTER') return false;
  if (words.includes('LASTVAL')) return /\blastval\s*\(/i.test(sql);
  return words.some((word, index) => word === 'PREVIOUS' && words[index + 1] === 'VALUE' && words[index + 2] === 'FOR');
}

function leftoverAskedFor(statements: readonly (readonly string[])[]): Leftover | undefined {
  for (const words of statements) {
    if (calls(words, 'LAST_INSERT_ID') || words.some((word) => word === '@@LAST_INSERT_ID' || word === '@@IDENTITY'))
      return 'insert id';
    if (words[0] === 'INSERT' || words[0] === 'REPLACE') break;
  }
  // The others of a text ask for what those before them leave.
  const [words = []] = statements;
  const [first, second] = words;
  const asks =
    calls(words, 'ROW_COUNT') ||
    calls(words, 'FOUND_ROWS') ||
    words.some((word) => word === '@@WARNING_COUNT' || word === '@@ERROR_COUNT') ||
    (first === 'SHOW' && words.some((word) => word === 'WARNINGS' || word === 'ERRORS')) ||
    (first === 'GET' && (second === 'DIAGNOSTICS' || words[2] === 'DIAGNOSTICS'));
  return asks ? 'last statement' : undefined;
}

/** Whether the function is called without arguments. */
const calls = (words: readonly string[], name: string): boolean =>
  words.some((word, index) => word === name && words[index + 1] === '()');

/**
 * Words, commas, assignments and empty parentheses of each statement, in capitals and without literals, quoted names and comments; what stands in an
 * executable comment is read as code. A word after a dot is a name, whatever it is.
 */
function statementsOf(sql: string, tokens: RegExp): string[][] {
  const statements: string[][] = [[]];
  // The server may leave out what stands in an executable comment, so that it excuses nothing.
  const isConditional = /\/\*M?!/.test(sql);
  for (const [token] of sql.matchAll(tokens)) {
    if (token === ';') statements.push([]);
    else if (token.startsWith('(')) statements.at(-1)?.push('()');
    else if (isWord.test(token) && !(token === '=' && isConditional)) statements.at(-1)?.push(token.toUpperCase());
  }
  return statements.map(withoutBlock).filter((words) => words.length > 0);
}

/** The first statement of a block of MariaDB stands by itself, as those after it do. */
function withoutBlock(words: string[]): string[] {
  return words[0] === 'BEGIN' && words[2] === 'ATOMIC' ? words.slice(3) : words;
}

const isWord = /^(?:@{0,2}[\w$\x80-\xff]|@|:?=|,)/;

const text = /'(?:[^'\\]|\\.|'')*(?:'|\\?$)/;
const plainText = /'(?:[^']|'')*(?:'|$)/;
const quoted = /"(?:[^"\\]|\\.|"")*(?:"|\\?$)/;
const plainQuoted = /"(?:[^"]|"")*(?:"|$)/;
const others =
  /`[^`]*(?:`|$)|--(?=\s|$)[^\n]*|#[^\n]*|\/\*M?!\d*|\/\*(?!M?!)[^]*?(?:\*\/|$)|\.\s*[\w$\x80-\xff]+|@{0,2}[\w$\x80-\xff]+|:?=|\(\s*\)|[,;@]/;
const tokensOf = (...kinds: RegExp[]): RegExp =>
  new RegExp([...kinds, others].map(({ source }) => source).join('|'), 'gs');
const tokens = tokensOf(text, quoted);
const plainTokens = tokensOf(plainText, plainQuoted);
const namesTokens = tokensOf(text, plainQuoted);
