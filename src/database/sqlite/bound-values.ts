import { types } from 'node:util';
import { SqliteError } from './sqlite-error.js';
import type { BoundValue } from './worker-messages.js';

/** A checked parameter in the form SQLite stores: booleans as 1 and 0, dates as TypeORM writes them, objects as JSON text. Throws the driver's error for what is no value. */
export function bindValue(value: unknown): BoundValue {
  switch (typeof value) {
    case 'boolean':
      return value ? 1n : 0n;
    case 'number':
      // The driver binds every number as a float: 1 would reach a text column as '1.0', and 5 / 2 would be 2.5.
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
    case 'object':
      if (value === null || types.isUint8Array(value)) return value;
      return types.isDate(value) ? utcText(value) : JSON.stringify(value);
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return value;
      throw new SqliteError({ name: 'RangeError', message: 'The bound string, buffer, or bigint is too big' });
    case 'function':
    case 'symbol': {
      const message = 'SQLite3 can only bind numbers, strings, bigints, buffers, and null';
      throw new SqliteError({ name: 'TypeError', message });
    }
    default:
      return value as BoundValue;
  }
}

/** `2025-03-14 02:33:33.906`, in UTC. */
export function utcText(date: Date): string {
  return date.toISOString().replace('T', ' ').replace('Z', '');
}

/** A value as it came from the engine: a blob as a Buffer, which is what better-sqlite3 and TypeORM give. */
export function readValue(value: unknown): unknown {
  return types.isUint8Array(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

/** The same with every integer as a number, which is what better-sqlite3 gives unless it is told otherwise. */
export function readRounded(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : readValue(value);
}
