import { types } from 'node:util';
import { isWellFormed } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';
import type { SqlValue } from './database.js';

const largest = 2n ** 63n - 1n;
const smallest = -(2n ** 63n);

/** The parameters, checked and copied; throws SERIALIZATION with the position (from 1) of the first that is no SqlValue. */
export function checkParameters(params: readonly unknown[] | undefined): readonly SqlValue[] {
  if (params === undefined) return [];
  if (!Array.isArray(params)) {
    throw new DatabaseError(
      'SERIALIZATION',
      'parameters must be an array in the order of the placeholders, such as [id, name]',
    );
  }
  return Array.from(params, (value: unknown, index) => {
    const problem = problemOf(value);
    if (problem === undefined) return copyOf(value as SqlValue);
    throw new DatabaseError('SERIALIZATION', `parameter ${index + 1} ${problem}`, {
      details: { parameter: index + 1 },
    });
  });
}

/** Checks that it is SQL text at all; the engine judges the rest. */
export function checkSql(sql: unknown): string {
  if (typeof sql !== 'string') throw new DatabaseError('QUERY', 'the SQL statement is not a string');
  // SQLite stops reading at a NUL: what stands behind would be dropped silently.
  if (sql.includes('\0'))
    throw new DatabaseError('QUERY', 'the SQL statement holds a NUL character; pass such text as a parameter');
  if (!isWellFormed(sql)) throw new DatabaseError('QUERY', `the SQL statement ${illFormed}`);
  return sql;
}

const illFormed = 'is not well-formed Unicode (half a surrogate pair), which no engine stores unchanged';

function problemOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value) ? undefined : illFormed;
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : 'is not a finite number; pass null or text instead';
    case 'bigint':
      return value > largest || value < smallest ? 'is an integer beyond 64 bits; pass it as text' : undefined;
    case 'undefined':
      return 'is undefined; pass null for NULL';
    case 'function':
    case 'symbol':
      return `is a ${typeof value}, which no column can hold`;
    case 'object':
      return objectProblem(value);
  }
}

function objectProblem(value: object | null): string | undefined {
  if (value === null || types.isUint8Array(value)) return undefined;
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'is an invalid Date' : undefined;
  if (types.isPromise(value)) return 'is a promise; await it';
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value))
    return 'is a buffer other than a Uint8Array; wrap it in one';
  try {
    // A toJSON that gives text (a URL, a SecretValue): whether the text or its JSON form is meant, only the caller knows.
    return /^[[{]/.test(JSON.stringify(value) ?? '')
      ? undefined
      : 'is an object whose JSON form is none; pass its text instead';
  } catch {
    return 'is an object that JSON cannot hold (a cycle or a bigint inside)';
  }
}

/** What the caller changes afterwards must not change what is stored. */
function copyOf(value: SqlValue): SqlValue {
  if (types.isUint8Array(value)) return Uint8Array.from(value);
  if (types.isDate(value)) return new Date(value);
  return typeof value === 'object' && value !== null ? (JSON.parse(JSON.stringify(value)) as object) : value;
}
