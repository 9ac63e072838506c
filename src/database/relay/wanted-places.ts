import { Deferred } from '../../foundation/index.js';

/** Who is told when others wait for places of a pool that they may keep without need. */
export class WantedPlaces {
  readonly #listeners = new Map<string, Set<Deferred<void>>>();

  /** Resolves when `owner` is told. Rejects when `signal` aborts. */
  async told(owner: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const listener = new Deferred<void>();
    const listeners = this.#listeners.get(owner) ?? new Set();
    this.#listeners.set(owner, listeners.add(listener));
    const stop = (): void => listener.reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await listener.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(owner) === listeners) this.#listeners.delete(owner);
    }
  }

  tell(owners: Iterable<string>): void {
    for (const owner of owners) for (const listener of this.#listeners.get(owner) ?? []) listener.resolve();
  }
}
