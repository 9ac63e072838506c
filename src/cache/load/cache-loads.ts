import { setMaxListeners } from 'node:events';
import { type Logger, messageOf, untilAborted } from '../../foundation/index.js';
import type { CacheLoadContext } from '../cache.js';
import { CacheError } from '../cache-error.js';
import { shownKey } from '../cache-key.js';
import type { FoundEntry } from '../cache-store.js';
import { encodeJson, entryName } from '../cache-value.js';
import { SeldomLog } from '../seldom-log.js';
import { SingleFlight } from '../single-flight.js';

import { type LeaseAnswer, leaseMs, type LeasingStore, longestLeaseWaitMs } from './leasing-store.js';
import { loadedEntry, type LoadTerms } from './load-terms.js';
import { type LoadTarget, RunningLoad } from './running-load.js';

interface Load {
  readonly key: string;
  readonly load: (context: CacheLoadContext) => Promise<unknown>;
  readonly terms: LoadTerms;
}

const extendEveryMs = leaseMs / 3;
/** How long a source that failed while a stale entry is there is left alone, by everybody who shares the cache. */
const retryAfterMs = 1_000;

/**
 * The loads behind `getOrSet`: one at a time for each key, in this process because callers join the one under way, and
 * over everybody who shares the store because it gives the lease to one of them. That one extends its lease while it
 * loads; when it fails, the next who waits gets the lease and loads for itself, and when it dies, so it is once the lease
 * has run out.
 *
 * Entries carry no mark of their own, so that others can read them: with `staleFor` an entry is written to live for ttl
 * and staleFor, and is fresh while more than staleFor is left. A stale one is given out at once, and one of all who share
 * the cache loads it anew in the background; if that fails it is tried again a second later at the earliest.
 */
export class CacheLoads {
  readonly #flights = new SingleFlight<Uint8Array>();
  readonly #renewals = new SingleFlight<void>();
  readonly #renewing = new Set<Promise<void>>();
  readonly #loading = new Map<AbortController, Promise<unknown>>();
  readonly #failures: SeldomLog;
  readonly #closing = new AbortController();

  constructor(
    private readonly store: LeasingStore,
    logger: Logger | undefined,
  ) {
    this.#failures = new SeldomLog(logger, 'a stale entry of a cache could not be loaded anew');
    // Every load that waits for a lease listens to it.
    setMaxListeners(Infinity, this.#closing.signal);
  }

  /** The entry, or what is loaded. Not to be written to. */
  run(load: Load): Promise<Uint8Array> {
    const caller = RunningLoad.current;
    return caller ? this.#runInside(caller, load) : this.#run(load);
  }

  /** A loader that waits for itself would wait until its timeout. */
  async #runInside(caller: RunningLoad, load: Load): Promise<Uint8Array> {
    const target = this.#target(load);
    const cycle = this.#flights.has(load.key) && caller.pathFrom(target);
    if (cycle) throw this.#waitsForItself(cycle);
    return caller.waitFor(target, this.#run(load));
  }

  #run(load: Load): Promise<Uint8Array> {
    return this.#flights.run(
      load.key,
      async (isCurrent) => {
        const { key, terms } = load;
        const present = await this.#look(load);
        if (present) {
          if (present.leftMs <= terms.staleForMs) this.#renew(load);
          return present.value;
        }
        const endsAt = performance.now() + terms.timeoutMs;
        const cycle = RunningLoad.current?.pathFrom(this.#target(load));
        for (;;) {
          const leftMs = endsAt - performance.now();
          const answer = await this.#wait(load, cycle ? 0 : Math.min(leftMs, longestLeaseWaitMs));
          if (answer.kind === 'found') return answer.entry.value;
          if (answer.kind === 'load')
            return this.#load(load, answer.token, isCurrent, () => this.#giveUp(key, answer.token));
          if (cycle) throw this.#waitsForItself(cycle);
          if (leftMs <= 0) throw this.#timeout(load, 'somebody else has been loading');
        }
      },
      load.terms.entry.tags,
    );
  }

  /** What is loaded for the key now is not stored, and later callers load anew. */
  forget(key: string): void {
    this.#flights.forget(key);
    this.#renewals.forget(key);
  }

  forgetTagged(tags: readonly string[]): void {
    this.#flights.forgetTagged(tags);
    this.#renewals.forgetTagged(tags);
  }

  forgetAll(prefix: string): void {
    this.#flights.forgetAll(prefix);
    this.#renewals.forgetAll(prefix);
  }

  /** Ends all loads; who waits for one fails with CLOSED. Resolves when their leases are given back. */
  async close(): Promise<void> {
    this.#closing.abort(this.#closed());
    for (const controller of this.#loading.keys()) controller.abort(this.#closed());
    await Promise.allSettled([...this.#loading.values(), ...this.#renewing]);
  }

  async #look({ key, terms }: Load): Promise<FoundEntry | undefined> {
    if (terms.staleForMs > 0) return this.store.find(key);
    const value = await this.store.get(key);
    return value && { value, leftMs: Infinity };
  }

  async #wait({ key, terms }: Load, waitMs: number): Promise<LeaseAnswer> {
    try {
      return await this.store.lease(key, { waitMs, tags: terms.entry.tags }, this.#closing.signal);
    } catch (error) {
      throw this.#isClosed ? this.#closed() : error;
    }
  }

  #renew(load: Load): void {
    const renewal = this.#renewals.run(load.key, async (isCurrent) => {
      const { key, terms } = load;
      try {
        const answer = await this.store.lease(key, { waitMs: 0, staleForMs: terms.staleForMs, tags: terms.entry.tags });
        if (answer.kind !== 'load') return;
        const restLater = async () =>
          answer.token !== undefined && this.store.extendLease(key, answer.token, retryAfterMs);
        await this.#load(load, answer.token, isCurrent, restLater);
      } catch (error) {
        if (!this.#isClosed)
          this.#failures.happened({ cache: this.store.name, key: shownKey(key), error: messageOf(error) });
      }
    });
    this.#renewing.add(renewal);
    void renewal.then(() => this.#renewing.delete(renewal));
  }

  /** `failed` says what becomes of the lease when there is nothing to store. */
  #load(
    load: Load,
    token: string | undefined,
    isCurrent: () => boolean,
    failed: () => Promise<unknown>,
  ): Promise<Uint8Array> {
    const controller = new AbortController();
    const loading = this.#loadWith(controller, load, token, isCurrent, failed).finally(() => {
      this.#loading.delete(controller);
    });
    this.#loading.set(controller, loading);
    return loading;
  }

  async #loadWith(
    controller: AbortController,
    load: Load,
    token: string | undefined,
    isCurrent: () => boolean,
    failed: () => Promise<unknown>,
  ): Promise<Uint8Array> {
    const { key, terms } = load;
    const extending = token !== undefined && this.#extend(key, token);
    try {
      const value = await this.#attempt(load, controller);
      const bytes = encodeJson(value, entryName(this.store, key));
      await this.store.settle(key, token, isCurrent() ? loadedEntry(bytes, value === null, terms) : undefined);
      return bytes;
    } catch (error) {
      // What cannot be given back runs out.
      await failed().catch(() => undefined);
      throw error;
    } finally {
      if (extending) clearInterval(extending);
    }
  }

  /** What the loader makes, unless its time is over or the cache is closed before. */
  async #attempt(load: Load, controller: AbortController): Promise<unknown> {
    if (this.#isClosed) throw this.#closed();
    const late = () => this.#timeout(load, 'the loader has been at');
    return untilAborted(controller, load.terms.timeoutMs, late, (signal) =>
      RunningLoad.run(this.#target(load), () => load.load({ signal })),
    );
  }

  #extend(key: string, token: string): NodeJS.Timeout {
    const extend = () => void this.store.extendLease(key, token).catch(() => undefined);
    return setInterval(extend, extendEveryMs).unref();
  }

  async #giveUp(key: string, token: string | undefined): Promise<void> {
    if (token !== undefined) await this.store.settle(key, token);
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #target({ key }: Load): LoadTarget {
    return { cache: this, key };
  }

  /** `cycle` as `RunningLoad.pathFrom` has it. */
  #waitsForItself(cycle: readonly string[]): CacheError {
    const [key, ...others] = cycle.map(shownKey);
    const path = [...others, key].join(', whose loader waits for ');
    const message = `cache '${this.store.name}': key ${key} is loaded by a loader that waits for ${path}; it would never end`;
    return new CacheError('OPERATION', message);
  }

  #timeout({ key, terms }: Load, who: string): CacheError {
    const message = `cache '${this.store.name}': ${who} key ${shownKey(key)} for longer than ${terms.timeoutMs} ms; pass a longer timeout or make the loader faster`;
    return new CacheError('TIMEOUT', message, { retryable: true });
  }

  #closed(): CacheError {
    return new CacheError('CLOSED', `cache '${this.store.name}' is closed`);
  }
}
