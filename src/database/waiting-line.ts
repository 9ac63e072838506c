import { Deferred } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';
import type { StatementLimit } from './statement-limit.js';

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (error: DatabaseError) => void;
}

export interface WaitingLineOptions {
  /** How many may be inside at once. */
  readonly places: number;
  /** How many may wait; the next is refused with POOL. */
  readonly maxWaiting: number;
  /** The longest wait, in milliseconds. */
  readonly maxWaitMs: number;
  /** Whether that is how long the line may stand still, not how long one may stand in it. Default false. */
  readonly countsStandstill?: boolean;
  /** The error for who waited too long. */
  readonly tooLong: (waitedMs: number) => DatabaseError;
}

/** A bounded number of places, given out first come, first served. Every wait ends. */
export class WaitingLine {
  readonly #options: WaitingLineOptions;
  readonly #waiters = new Set<Waiter>();
  readonly #empty = new Deferred<void>();
  #free: number;
  #closed: DatabaseError | undefined;
  /** When somebody last went in. */
  #lastMove = 0;

  constructor(options: WaitingLineOptions) {
    this.#options = options;
    this.#free = options.places;
  }

  /** Resolves when nobody is inside. */
  async emptied(): Promise<void> {
    if (this.#free < this.#options.places) await this.#empty.promise;
  }

  /** Takes a place; the returned function gives it back, once however often it is called. */
  async enter(limit: StatementLimit, maxWaitMs = this.#options.maxWaitMs): Promise<() => void> {
    if (this.#closed) throw this.#closed;
    limit.throwIfReached();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(limit, maxWaitMs);
    let isInside = true;
    return () => {
      if (isInside) this.#leave();
      isInside = false;
    };
  }

  /** Refuses everyone who waits, and everyone who comes later; only then is `emptied` of use. */
  close(error: DatabaseError): void {
    this.#closed = error;
    for (const waiter of this.#waiters) waiter.refuse(error);
  }

  async #wait(limit: StatementLimit, maxWaitMs: number): Promise<void> {
    const { maxWaiting, tooLong, countsStandstill = false } = this.#options;
    if (this.#waiters.size >= maxWaiting) {
      throw new DatabaseError('POOL', `${maxWaiting} calls already wait for this database; slow down`, {
        retryable: true,
      });
    }
    let stop = () => {};
    try {
      await new Promise<void>((admit, reject) => {
        const waiter: Waiter = {
          admit,
          refuse: (error) => {
            // At once, or a place that comes free in this very moment would be given to nobody.
            this.#waiters.delete(waiter);
            reject(error);
          },
        };
        this.#waiters.add(waiter);
        const since = performance.now();
        const giveUp = (): void => {
          const leftMs = countsStandstill ? Math.max(since, this.#lastMove) + maxWaitMs - performance.now() : 0;
          if (leftMs > 0) timer = setTimeout(giveUp, leftMs);
          else waiter.refuse(tooLong(maxWaitMs));
        };
        let timer = setTimeout(giveUp, maxWaitMs);
        const stopWatching = limit.watch(waiter.refuse);
        stop = () => {
          clearTimeout(timer);
          stopWatching();
        };
      });
    } finally {
      stop();
    }
  }

  #leave(): void {
    const [next] = this.#waiters;
    if (next === undefined) {
      this.#free += 1;
      if (this.#closed && this.#free === this.#options.places) this.#empty.resolve();
      return;
    }
    this.#waiters.delete(next);
    this.#lastMove = performance.now();
    next.admit();
  }
}
