import { Deferred } from '../foundation/index.js';
import { DatabaseError } from './database-error.js';
import type { StatementLimit } from './statement-limit.js';

interface Waiter {
  /** How many of its owner may be inside, itself included. */
  readonly places: number;
  readonly admit: () => void;
  readonly refuse: (error: DatabaseError) => void;
}

/** Who enters, and how much of the line is theirs. */
export interface LineUser {
  readonly owner: string;
  /** How many of theirs may be inside, this one included. Default all. */
  readonly places?: number;
  /** How many of theirs may wait; the next is refused with POOL. Default the line's. */
  readonly maxWaiting?: number;
  /** The longest wait, in milliseconds. Default the line's. */
  readonly maxWaitMs?: number;
}

/** What one owner has of the line. */
interface Share {
  inside: number;
  /** Those who go in whoever of the owner is inside, and are asked first; and all others. */
  readonly unlimited: Set<Waiter>;
  readonly limited: Set<Waiter>;
}

export interface WaitingLineOptions {
  /** How many may be inside at once, of all owners together. */
  readonly places: number;
  /** How many of one owner may wait; the next is refused with POOL. */
  readonly maxWaiting: number;
  /** The longest wait, in milliseconds. */
  readonly maxWaitMs: number;
  /** Whether that is how long the line may stand still, not how long one may stand in it. Default false. */
  readonly countsStandstill?: boolean;
  /** The error for who waited too long. */
  readonly tooLong: (waitedMs: number, user: LineUser) => DatabaseError;
  /** The error for who would be one too many. */
  readonly tooMany?: (waiting: number, user: LineUser) => DatabaseError;
}

const alone: LineUser = { owner: '' };

/**
 * A bounded number of places. Who waits is served owner by owner in turn, and of one owner first come, first served.
 * Every wait ends.
 */
export class WaitingLine {
  readonly #options: WaitingLineOptions;
  /** Of every owner there ever was, in the order in which they are to be served. */
  readonly #shares = new Map<string, Share>();
  readonly #empty = new Deferred<void>();
  #free: number;
  #closed: DatabaseError | undefined;
  /** When somebody last went in. */
  #lastMove = 0;

  constructor(options: WaitingLineOptions) {
    this.#options = options;
    this.#free = options.places;
  }

  /** How many are inside. */
  get inside(): number {
    return this.#options.places - this.#free;
  }

  /** How many of that owner are inside. */
  insideOf(owner: string): number {
    return this.#shares.get(owner)?.inside ?? 0;
  }

  /** Resolves when nobody is inside. */
  async emptied(): Promise<void> {
    if (this.inside > 0) await this.#empty.promise;
  }

  /** Takes a place; the returned function gives it back, once however often it is called. */
  async enter(limit: StatementLimit, user = alone): Promise<() => void> {
    if (this.#closed) throw this.#closed;
    limit.throwIfReached();
    const share = this.#shareOf(user.owner);
    const { places = Infinity } = user;
    if (this.#free > 0 && share.inside < places) this.#admit(share);
    else await this.#wait(limit, user, share);
    let isInside = true;
    return () => {
      if (isInside) this.#leave(share);
      isInside = false;
    };
  }

  /** Refuses everyone who waits, and everyone who comes later; only then is `emptied` of use. */
  close(error: DatabaseError): void {
    this.#closed = error;
    for (const { unlimited, limited } of this.#shares.values())
      for (const waiter of [...unlimited, ...limited]) waiter.refuse(error);
  }

  #shareOf(owner: string): Share {
    const share = this.#shares.get(owner) ?? { inside: 0, unlimited: new Set(), limited: new Set() };
    this.#shares.set(owner, share);
    return share;
  }

  async #wait(limit: StatementLimit, user: LineUser, { unlimited, limited }: Share): Promise<void> {
    const { tooLong, tooMany = manyWait, countsStandstill = false } = this.#options;
    const { places = Infinity, maxWaiting = this.#options.maxWaiting, maxWaitMs = this.#options.maxWaitMs } = user;
    if (unlimited.size + limited.size >= maxWaiting) throw tooMany(maxWaiting, user);
    const waiters = places === Infinity ? unlimited : limited;
    let stop = () => {};
    try {
      await new Promise<void>((admit, reject) => {
        const waiter: Waiter = {
          places,
          admit,
          refuse: (error) => {
            // At once, or a place that comes free in this very moment would be given to nobody.
            waiters.delete(waiter);
            reject(error);
          },
        };
        waiters.add(waiter);
        const since = performance.now();
        const giveUp = (): void => {
          const leftMs = countsStandstill ? Math.max(since, this.#lastMove) + maxWaitMs - performance.now() : 0;
          if (leftMs > 0) timer = setTimeout(giveUp, leftMs);
          else waiter.refuse(tooLong(maxWaitMs, user));
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

  #admit(share: Share): void {
    this.#free -= 1;
    share.inside += 1;
  }

  #leave(share: Share): void {
    this.#free += 1;
    share.inside -= 1;
    this.#serve();
    if (this.#closed && this.inside === 0) this.#empty.resolve();
  }

  #serve(): void {
    for (const [owner, share] of this.#shares) {
      if (this.#free === 0) return;
      const [next] = share.unlimited.size > 0 ? share.unlimited : share.limited;
      if (next === undefined || share.inside >= next.places) continue;
      // Whoever was served goes to the end, and is met again if a place is left.
      this.#shares.delete(owner);
      this.#shares.set(owner, share);
      share.unlimited.delete(next);
      share.limited.delete(next);
      this.#lastMove = performance.now();
      this.#admit(share);
      next.admit();
    }
  }
}

function manyWait(waiting: number): DatabaseError {
  const message = `${waiting} calls already wait for this database; slow down`;
  return new DatabaseError('POOL', message, { retryable: true });
}
