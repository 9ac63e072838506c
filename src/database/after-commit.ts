import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';
import type { TransactionPart } from './transaction-part.js';

interface AmbientPart {
  readonly part: TransactionPart;
  isRunning: boolean;
}

const ambient = new AsyncLocalStorage<AmbientPart>();

/**
 * Runs `callback` after the transaction of the `@Transactional` method that this is called in has been committed for
 * good, before the method's caller goes on: after the outermost commit, and never when the transaction, or the nested
 * part it was called in, is rolled back. What it throws is logged and fails nobody. Throws TRANSACTION elsewhere.
 */
export function afterCommit(callback: () => unknown): void {
  const store = ambient.getStore();
  if (store?.isRunning) return store.part.addCallback(callback);
  throw new DatabaseError(
    'TRANSACTION',
    'afterCommit() was called outside a @Transactional method; there is no commit to wait for',
  );
}

/** Runs `work` where `afterCommit` belongs to `part`. */
export async function withAmbientPart<T>(part: TransactionPart, work: () => Promise<T>): Promise<T> {
  const store: AmbientPart = { part, isRunning: true };
  try {
    return await ambient.run(store, work);
  } finally {
    store.isRunning = false;
  }
}

/** Runs what was to wait for the commit, in order. */
export async function runAfterCommit(part: TransactionPart, logger: Logger | undefined): Promise<void> {
  for (const callback of part.takeCallbacks()) {
    try {
      await callback();
    } catch (error) {
      logger?.error('a callback of afterCommit failed; the transaction is committed', { error });
    }
  }
}
