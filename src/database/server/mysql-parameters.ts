import { types } from 'node:util';
import type { SqlValue } from '../database.js';

/** A parameter as mysql2 writes it into the statement: dates as UTC, objects and arrays as JSON. */
export function mysqlParameter(value: SqlValue): unknown {
  if (typeof value === 'bigint') return { toSqlString: () => String(value) };
  if (typeof value === 'number') return { toSqlString: () => exactNumber(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (types.isUint8Array(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (types.isDate(value)) return value.toISOString().replace('T', ' ').replace('Z', '');
  return JSON.stringify(value);
}

/** A decimal literal would be rounded as a DECIMAL; with an exponent it is a DOUBLE. */
function exactNumber(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0e0' : String(value);
  const text = String(value);
  return text.includes('e') ? text : `${text}e0`;
}

const quotedOrComment = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|--\s[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\//g;

/** How many `?` stand for parameters. */
export function placeholdersIn(sql: string): number {
  return sql.includes('?') ? sql.replaceAll(quotedOrComment, '').split('?').length - 1 : 0;
}
