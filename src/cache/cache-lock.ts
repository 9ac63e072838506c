import type { Duration } from '../foundation/index.js';

export interface CacheLockOptions {
  /** How long the lock is held unless it is extended or released; its holder's death frees it then. Above 0. */
  readonly ttl: Duration;
  /** How long to wait for somebody else to let it go. Default: not at all. */
  readonly wait?: Duration | undefined;
}

/** A lock that is held. Disposal releases it. */
export interface CacheLock extends AsyncDisposable {
  readonly key: string;
  /** Proves the holder; no other lock ever has it. */
  readonly token: string;
  /**
   * Larger than that of every lock of this cache before: what the lock guards can refuse a holder that was overtaken.
   * 0 under an orchestrator of the plain protocol, which counts none.
   */
  readonly fence: number;
  /** Holds it for `ttl` from now on; false when it had run out or was released, and so may have another holder. */
  extend(ttl: Duration): Promise<boolean>;
  /** Lets it go; false when it was no longer held. */
  release(): Promise<boolean>;
}

/** What a backend answers who has been given a lock. */
export interface TakenLock {
  readonly token: string;
  readonly fence: number;
}
