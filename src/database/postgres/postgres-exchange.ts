/** How far a driver and its backend are with what was asked, after the messages that passed. */
export class PostgresExchange {
  /** Queries and Syncs that ReadyForQuery has not answered. */
  #unanswered = 0;
  /** Messages of the extended protocol came that no Sync followed yet. */
  #isUnsynced = false;
  #isExecuting = false;
  /** Of the transaction, as the last ReadyForQuery had it. */
  status = 'I';

  get inTransaction(): boolean {
    return this.status !== 'I';
  }

  /** Whether the backend owes an answer, or will once a Sync came. */
  get isAwaited(): boolean {
    return this.#unanswered > 0 || this.#isUnsynced;
  }

  get isAtRest(): boolean {
    return !this.isAwaited && !this.inTransaction;
  }

  get isRunning(): boolean {
    return this.#unanswered > 0 || this.#isExecuting;
  }

  queried(): void {
    this.#unanswered += 1;
  }

  /** A message of the extended protocol, other than Sync. */
  extended(): void {
    this.#isUnsynced = true;
  }

  executing(): void {
    this.#isExecuting = true;
  }

  synced(): void {
    this.#unanswered += 1;
    this.#isUnsynced = false;
    this.#isExecuting = false;
  }

  /** The answer to an Execute is complete. */
  executed(): void {
    this.#isExecuting = false;
  }

  /** ReadyForQuery came. */
  ready(): void {
    this.#unanswered = Math.max(0, this.#unanswered - 1);
  }

  /**
   * Nothing more is asked of the backend: how often a driver still expects ReadyForQuery, and whether its Sync is still to
   * come. A transaction that is open stays so, until its backend is closed.
   */
  abandon(): { readonly unanswered: number; readonly isUnsynced: boolean } {
    const left = { unanswered: this.#unanswered, isUnsynced: this.#isUnsynced };
    this.#unanswered = 0;
    this.#isUnsynced = false;
    this.#isExecuting = false;
    return left;
  }
}
