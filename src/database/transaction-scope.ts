import { AsyncLocalStorage } from 'node:async_hooks';
import { withAmbientPart } from './after-commit.js';
import type { TransactionPart } from './transaction-part.js';

/** A transaction that the running code stands in. */
export interface EnclosingTransaction {
  readonly isOpen: boolean;
  readonly isReadOnly: boolean;
}

interface Scope<T extends EnclosingTransaction> {
  readonly transaction: T;
  /** What calls are a part of; absent inside `transaction(work)`, whose transaction they do not join. */
  readonly part: TransactionPart | undefined;
  readonly holdsWriter: boolean;
  isRunning: boolean;
}

/**
 * Where the running code stands with a database: in no transaction; in a `@Transactional` method, whose transaction
 * every call joins; or inside `transaction(work)`, where calls on the database itself stand outside the transaction.
 */
export type Standing<T extends EnclosingTransaction> =
  | { readonly kind: 'free' }
  | { readonly kind: 'joined'; readonly transaction: T; readonly part: TransactionPart; readonly holdsWriter: boolean }
  /** `holdsWriter`: this or a transaction around it may have the turn to write. */
  | { readonly kind: 'outside'; readonly transaction: T; readonly holdsWriter: boolean };

/** Follows one database's transactions through asynchronous code. */
export class TransactionScope<T extends EnclosingTransaction> {
  readonly #storage = new AsyncLocalStorage<Scope<T>>();

  get standing(): Standing<T> {
    const scope = this.#storage.getStore();
    // Code that outlives the work it was started in, such as a timer, is free again.
    if (scope === undefined || !scope.isRunning) return { kind: 'free' };
    const { transaction, part, holdsWriter } = scope;
    // A lost transaction is still joined: what was meant to be part of it must fail, not run alone.
    if (part) return { kind: 'joined', transaction, part, holdsWriter };
    return transaction.isOpen ? { kind: 'outside', transaction, holdsWriter } : { kind: 'free' };
  }

  /** Runs `work` in a transaction, which its calls join as a part of `part`, if there is one. */
  async run<R>(transaction: T, part: TransactionPart | undefined, work: () => Promise<R>): Promise<R> {
    const around = this.standing;
    const holdsWriter = !transaction.isReadOnly || (around.kind !== 'free' && around.holdsWriter);
    const scope: Scope<T> = { transaction, part, holdsWriter, isRunning: true };
    try {
      return await this.#storage.run(scope, part ? () => withAmbientPart(part, work) : work);
    } finally {
      scope.isRunning = false;
    }
  }
}
