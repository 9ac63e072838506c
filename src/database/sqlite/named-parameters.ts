import { SqliteError } from './sqlite-error.js';

interface Bound {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/**
 * The statement with a `?` for each `:a`, `@a` and `$a`, where an object among its parameters has the values of these
 * names, which is how better-sqlite3 takes them: sessions know parameters by their place alone. Throws the driver's
 * error for a name without a value.
 */
export function boundByPlace(sql: string, params: readonly unknown[]): Bound {
  const named = params.find(isNamed);
  if (named === undefined || !Array.from(sql.matchAll(tokens), ([token]) => token).some(isName)) return { sql, params };
  const unnamed = params.filter((value) => value !== named);
  const ordered: unknown[] = [];
  const text = sql.replace(tokens, (token) => {
    if (isName(token)) ordered.push(valueOf(named, token.slice(1)));
    else if (token !== '?' || unnamed.length === 0) return token;
    else ordered.push(unnamed.shift());
    return '?';
  });
  return { sql: text, params: [...ordered, ...unnamed] };
}

function valueOf(named: object, name: string): unknown {
  if (Object.hasOwn(named, name)) return (named as Record<string, unknown>)[name];
  throw new SqliteError({ name: 'RangeError', message: `Missing named parameter "${name}"` });
}

function isNamed(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const isName = (token: string): boolean => /^[:@$]/.test(token);

/** Literals, quoted names and comments, which are passed over, and parameters. */
const tokens =
  /'[^']*(?:'|$)|"[^"]*(?:"|$)|`[^`]*(?:`|$)|\[[^\]]*(?:\]|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)|(?<![\w$])[:@$][\w\x80-\uffff]+|\?/g;
