import type { SqlRunner } from './database.js';

let lastId = 0;

/** A place in a transaction that it can go back to, in the SQL that all engines have in common. */
export class Savepoint {
  readonly #transaction: SqlRunner;
  readonly #name: string;

  private constructor(transaction: SqlRunner, name: string) {
    this.#transaction = transaction;
    this.#name = name;
  }

  static async begin(transaction: SqlRunner): Promise<Savepoint> {
    lastId += 1;
    const name = `pywatt_${lastId}`;
    await transaction.execute(`SAVEPOINT ${name}`);
    return new Savepoint(transaction, name);
  }

  /** Keeps what was done since, as a part of the transaction. */
  async release(): Promise<void> {
    await this.#transaction.execute(`RELEASE SAVEPOINT ${this.#name}`);
  }

  /** Takes back what was done since. */
  async rollback(): Promise<void> {
    await this.#transaction.execute(`ROLLBACK TO SAVEPOINT ${this.#name}`);
    await this.release();
  }
}
