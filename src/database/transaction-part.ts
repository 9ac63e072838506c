import { Deferred } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';
import type { SqlRunner } from './database.js';
import { Savepoint } from './savepoint.js';

/** The transaction of a part. */
export interface PartedTransaction extends SqlRunner {
  /** Aborted, with the error as its reason, when the transaction was rolled back against the caller's will. */
  readonly lost: AbortSignal;
}

const maxWaiting = 1_000;

/** What stands or falls together: a whole transaction, or what a nested method does in it. */
export class TransactionPart {
  readonly #database: string;
  #failure: { readonly cause: unknown } | undefined;
  #callbacks: (() => unknown)[] = [];
  #lastNested: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(database: string) {
    this.#database = database;
  }

  /** Why this can only be rolled back: TRANSACTION, or undefined. */
  get refusal(): DatabaseError | undefined {
    if (this.#failure === undefined) return undefined;
    const message = `database '${this.#database}': rolled back, because a part of this transaction failed`;
    return new DatabaseError('TRANSACTION', message, this.#failure);
  }

  /** Runs `work` as a part of this: if it fails, this can no longer be committed. */
  async join<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#failure ??= { cause: error };
      throw error;
    }
  }

  /**
   * Runs `work` as a part that falls alone: what it did is taken back when it fails, and this goes on. One after
   * another, since savepoints are a stack: the one begun first would take the other along.
   */
  async nest<T>(transaction: PartedTransaction, work: (part: TransactionPart) => Promise<T>): Promise<T> {
    const leave = await this.#turn(transaction.lost);
    try {
      const savepoint = await Savepoint.begin(transaction);
      const part = new TransactionPart(this.#database);
      try {
        const result = await work(part);
        if (part.refusal) throw part.refusal;
        await savepoint.release();
        this.#callbacks.push(...part.takeCallbacks());
        return result;
      } catch (error) {
        // Where it cannot be taken back, neither may the rest be kept.
        await savepoint.rollback().catch(() => void (this.#failure ??= { cause: error }));
        throw error;
      }
    } finally {
      leave();
    }
  }

  /** Resolves when every nested part that came before has ended; rejects when the transaction is lost. */
  async #turn(lost: AbortSignal): Promise<() => void> {
    if (this.#waiting >= maxWaiting) {
      const message = `database '${this.#database}': ${maxWaiting} nested parts of one transaction already wait for their turn; await some before the next`;
      throw new DatabaseError('POOL', message);
    }
    const before = this.#lastNested;
    const ended = new Deferred<void>();
    const turn = new Deferred<void>();
    const refuse = () => turn.reject(lost.reason as DatabaseError);
    this.#lastNested = ended.promise;
    this.#waiting += 1;
    lost.addEventListener('abort', refuse, { once: true });
    try {
      if (lost.aborted) refuse();
      void before.then(() => turn.resolve());
      await turn.promise;
      return () => ended.resolve();
    } catch (error) {
      ended.resolve();
      throw error;
    } finally {
      this.#waiting -= 1;
      lost.removeEventListener('abort', refuse);
    }
  }

  addCallback(callback: () => unknown): void {
    this.#callbacks.push(callback);
  }

  /** What is to run after the commit, each once. */
  takeCallbacks(): readonly (() => unknown)[] {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    return callbacks;
  }
}
