import { types } from 'node:util';
import { DatabaseError } from './database-error.js';

/**
 * One row with typed access. `get…` throws `DatabaseError` SERIALIZATION, naming the column, when the column is
 * missing, NULL or of another type; `tryGet…` gives null for a missing or NULL column and throws for another type.
 */
export class DatabaseRow {
  readonly #data: Readonly<Record<string, unknown>>;

  constructor(data: object) {
    this.#data = data as Record<string, unknown>;
  }

  get columns(): string[] {
    return Object.keys(this.#data);
  }

  getString(column: string): string {
    return this.#required(column, asString);
  }
  tryGetString(column: string): string | null {
    return this.#optional(column, asString);
  }

  /** A number; an integer beyond 2^53 - 1 is refused here rather than rounded: use `getBigInt`. */
  getInteger(column: string): number {
    return this.#required(column, asInteger);
  }
  tryGetInteger(column: string): number | null {
    return this.#optional(column, asInteger);
  }

  /** Any 64-bit integer. */
  getBigInt(column: string): bigint {
    return this.#required(column, asBigInt);
  }
  tryGetBigInt(column: string): bigint | null {
    return this.#optional(column, asBigInt);
  }

  getFloat(column: string): number {
    return this.#required(column, asFloat);
  }
  tryGetFloat(column: string): number | null {
    return this.#optional(column, asFloat);
  }

  /** A boolean, also from the 1 and 0 of engines that have none. */
  getBoolean(column: string): boolean {
    return this.#required(column, asBoolean);
  }
  tryGetBoolean(column: string): boolean | null {
    return this.#optional(column, asBoolean);
  }

  getBytes(column: string): Uint8Array {
    return this.#required(column, asBytes);
  }
  tryGetBytes(column: string): Uint8Array | null {
    return this.#optional(column, asBytes);
  }

  /** A Date, also from date text as it is stored: without a zone it is read as UTC. */
  getDate(column: string): Date {
    return this.#required(column, asDate);
  }
  tryGetDate(column: string): Date | null {
    return this.#optional(column, asDate);
  }

  /** The row as `query` gives it. */
  toObject<T extends object>(): T {
    return { ...this.#data } as T;
  }

  #required<T>(column: string, type: ColumnType<T>): T {
    const value = this.#optional(column, type);
    if (value !== null) return value;
    const problem = Object.hasOwn(this.#data, column)
      ? 'is NULL'
      : `is not in the row, which has ${this.columns.join(', ')}`;
    throw new DatabaseError('SERIALIZATION', `column '${column}' ${problem}; tryGet${type.getter} gives null instead`, {
      details: { column },
    });
  }

  #optional<T>(column: string, type: ColumnType<T>): T | null {
    const value = Object.hasOwn(this.#data, column) ? this.#data[column] : null;
    if (value === null || value === undefined) return null;
    const result = type.read(value);
    if (result !== undefined) return result;
    throw new DatabaseError('SERIALIZATION', `column '${column}' holds ${nameType(value)}, not ${type.name}`, {
      details: { column },
    });
  }
}

interface ColumnType<T> {
  readonly getter: string;
  readonly name: string;
  /** Undefined when the value is of another type. */
  read(value: unknown): T | undefined;
}

const asString: ColumnType<string> = {
  getter: 'String',
  name: 'text',
  read: (value) => (typeof value === 'string' ? value : undefined),
};
const asInteger: ColumnType<number> = {
  getter: 'Integer',
  name: 'an integer up to 2^53 - 1',
  read: (value) => (Number.isSafeInteger(value) ? (value as number) : undefined),
};
const asBigInt: ColumnType<bigint> = {
  getter: 'BigInt',
  name: 'an integer',
  read: (value) =>
    typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : undefined,
};
const asFloat: ColumnType<number> = {
  getter: 'Float',
  name: 'a number',
  read: (value) => (typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : undefined),
};
const asBoolean: ColumnType<boolean> = {
  getter: 'Boolean',
  name: 'a boolean or 0 or 1',
  read: (value) => (typeof value === 'boolean' ? value : value === 1 ? true : value === 0 ? false : undefined),
};
const asBytes: ColumnType<Uint8Array> = {
  getter: 'Bytes',
  name: 'bytes',
  read: (value) => (types.isUint8Array(value) ? value : undefined),
};
const asDate: ColumnType<Date> = { getter: 'Date', name: 'a date', read: readDate };

const dateText = /^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

function readDate(value: unknown): Date | undefined {
  if (types.isDate(value)) return value;
  if (typeof value !== 'string') return undefined;
  const match = dateText.exec(value);
  if (match === null) return undefined;
  const text = value.replace(' ', 'T');
  const date = new Date(text.includes('T') && match[1] === undefined ? `${text}Z` : text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function nameType(value: unknown): string {
  if (types.isUint8Array(value)) return 'bytes';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'bigint') return 'an integer beyond 2^53 - 1';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'an integer' : 'a fraction') : `a ${typeof value}`;
}
