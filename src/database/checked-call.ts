import { type Duration, durationMs } from '../foundation/index.js';
import type { CallOptions } from './database-link.js';
import type { QueryOptions, SqlValue } from './database.js';
import { checkParameters, checkSql } from './sql-values.js';

/** A call as the links take it: SQL and parameters checked, durations in milliseconds. */
export function checkedCall(
  sql: string,
  params: readonly SqlValue[] | undefined,
  options: QueryOptions = {},
): { sql: string; params: readonly SqlValue[]; options: CallOptions } {
  return {
    sql: checkSql(sql),
    params: checkParameters(params),
    options: {
      ...(options.timeout === undefined ? {} : { timeoutMs: timerMs(options.timeout, 'timeout') }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.readOnly === true ? { readOnly: true } : {}),
    },
  };
}

/** Milliseconds that a timer can count: what is longer than 24 days is cut to that. */
export function timerMs(duration: Duration, what: string): number {
  return Math.min(durationMs(duration, what), 2_000_000_000);
}
