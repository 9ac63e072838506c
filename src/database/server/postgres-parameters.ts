import { types } from 'node:util';
import type { SqlValue } from '../database.js';

/**
 * A parameter as pg is to send it: dates as UTC text rather than in the zone of this process, arrays as arrays of
 * PostgreSQL, other objects as JSON.
 */
export function postgresParameter(value: SqlValue): unknown {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (types.isUint8Array(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (types.isDate(value)) return value.toISOString();
  return Array.isArray(value) ? value.map(element) : JSON.stringify(value);
}

/** Arrays inside arrays are their dimensions. */
function element(value: unknown): unknown {
  return value === undefined ? null : postgresParameter(value);
}
