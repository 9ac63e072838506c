import { AsyncLocalStorage } from 'node:async_hooks';

/** A transaction that the running code stands in. */
export interface EnclosingTransaction {
  readonly isOpen: boolean;
}

interface Scope<T extends EnclosingTransaction> {
  readonly transaction: T;
  readonly joins: boolean;
  isRunning: boolean;
}

/**
 * Where the running code stands with a database: in no transaction; in a `@Transactional` method, whose transaction
 * every call joins; or inside `transaction(work)`, where calls on the database itself stand outside the transaction.
 */
export type Standing<T extends EnclosingTransaction> =
  | { readonly kind: 'free' }
  | { readonly kind: 'joined'; readonly transaction: T }
  | { readonly kind: 'outside'; readonly transaction: T };

/** Follows one database's transactions through asynchronous code. */
export class TransactionScope<T extends EnclosingTransaction> {
  readonly #storage = new AsyncLocalStorage<Scope<T>>();

  get standing(): Standing<T> {
    const scope = this.#storage.getStore();
    // Code that outlives the work it was started in, such as a timer, is free again.
    if (scope === undefined || !scope.isRunning) return { kind: 'free' };
    // A lost transaction is still joined: what was meant to be part of it must fail, not run alone.
    if (scope.joins) return { kind: 'joined', transaction: scope.transaction };
    return scope.transaction.isOpen ? { kind: 'outside', transaction: scope.transaction } : { kind: 'free' };
  }

  async run<R>(transaction: T, joins: boolean, work: () => Promise<R>): Promise<R> {
    const scope: Scope<T> = { transaction, joins, isRunning: true };
    try {
      return await this.#storage.run(scope, work);
    } finally {
      scope.isRunning = false;
    }
  }
}
