import { AsyncLocalStorage } from 'node:async_hooks';
import type { PartedTransaction, TransactionPart } from './transaction-part.js';

/** A savepoint that the running code stands in. */
interface Level {
  readonly whole: TransactionPart;
  readonly part: TransactionPart;
  /** Perhaps of another transaction. */
  readonly around: Level | undefined;
  isRunning: boolean;
}

// One for all transactions: Node never forgets one.
const levels = new AsyncLocalStorage<Level>();

/**
 * Runs `work` in a savepoint of that transaction, or of the savepoint of it that the calling code stands in: those begun
 * side by side run one after another. Rejects as `TransactionPart.nest` does.
 */
export function nestSavepoint<T>(
  transaction: PartedTransaction & { readonly whole: TransactionPart },
  work: () => Promise<T>,
): Promise<T> {
  const { whole } = transaction;
  const around = levels.getStore();
  return partAround(whole, around).nest(transaction, async (part) => {
    const level: Level = { whole, part, around, isRunning: true };
    try {
      return await levels.run(level, work);
    } finally {
      level.isRunning = false;
    }
  });
}

function partAround(whole: TransactionPart, innermost: Level | undefined): TransactionPart {
  // Code that outlives the work it was started in, such as a timer, stands in none.
  for (let level = innermost; level !== undefined; level = level.around)
    if (level.whole === whole && level.isRunning) return level.part;
  return whole;
}
