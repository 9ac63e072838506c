import { DatabaseError } from './database-error.js';

/** More wait than a module may have. */
export function poolFull(database: string, owner: string, queueLength: number): DatabaseError {
  const message =
    `database '${database}': ${queueLength} statements of module '${owner}' already wait for a connection; ` +
    'it waited 0 ms. Use fewer at once, or raise its pool.queue';
  return new DatabaseError('POOL', message, { retryable: true, details: { waitedMs: 0 } });
}

export interface PoolUse {
  /** Places the module holds, and may have. */
  readonly held: number;
  readonly allowed: number;
  /** Places all modules hold, and may have. */
  readonly size: number;
  readonly max: number;
}

/** What to do where somebody else has the only connection. */
export const onlyConnection =
  'It has only one connection: end the transaction, or release the query runner, that has it';

/** No connection came free in time, and nobody counts whose they are. */
export function noneCameFree(database: string, waitedMs: number, cure: string): DatabaseError {
  const message = `database '${database}': no connection came free within ${waitedMs} ms. ${cure}`;
  return new DatabaseError('POOL', message, { retryable: true, details: { waitedMs } });
}

/** No place came free in time. */
export function poolTimedOut(database: string, owner: string, waitedMs: number, use: PoolUse): DatabaseError {
  const message =
    `database '${database}': timeout exceeded when trying to connect: module '${owner}' waited ${waitedMs} ms for a ` +
    `connection; it holds ${use.held} of the ${use.allowed} it may have, ` +
    `and all modules hold ${use.size} of ${use.max}. End transactions sooner, or raise databases.${database}.pool.max`;
  return new DatabaseError('POOL', message, { retryable: true, details: { waitedMs } });
}

/** Nothing happened in a transaction for longer than its module may leave it so. */
export function leftIdle(database: string, idleMs: number, timeoutMs: number): DatabaseError {
  const message = `database '${database}': a transaction was idle for ${Math.round(idleMs)} ms and was rolled back`;
  return new DatabaseError('TIMEOUT', message, { details: { timeoutMs } });
}
