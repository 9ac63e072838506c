import { DatabaseError } from './database-error.js';
import type { SqlRunner } from './database.js';
import { Savepoint } from './savepoint.js';

/** What stands or falls together: a whole transaction, or what a nested method does in it. */
export class TransactionPart {
  readonly #database: string;
  #failure: { readonly cause: unknown } | undefined;
  #callbacks: (() => unknown)[] = [];
  #isNesting = false;

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

  /** Runs `work` as a part that falls alone: what it did is taken back when it fails, and this goes on. */
  async nest<T>(transaction: SqlRunner, work: (part: TransactionPart) => Promise<T>): Promise<T> {
    // Savepoints are a stack: the one begun first would take the other along.
    if (this.#isNesting) {
      const message = `database '${this.#database}': a nested part of this transaction runs already; await it before the next`;
      throw new DatabaseError('TRANSACTION', message);
    }
    this.#isNesting = true;
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
      this.#isNesting = false;
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
