import { type Duration, durationMs, fewAtOnce, messageOf, PyWattError } from '../../foundation/index.js';
import { type PlaceContent, PolledWatch, type WatchTimes } from './polled-watch.js';
import type { SecretProvider, SecretReadMode, SecretWatch } from './secret-provider.js';

export interface CachedSecretProviderOptions extends WatchTimes {
  /** How long an answer counts; in the last fifth of it a read asks again in the background. Default `15m`. */
  readonly ttl?: Duration;
  /** How long the last answer is served while the place is down. Default `24h`, and never less than `ttl`. */
  readonly expiry?: Duration;
  /** How many secrets are remembered; those read longest ago are forgotten first. Default 1000. */
  readonly max?: number;
  /** Milliseconds that only grow. Default `performance.now`. */
  readonly now?: () => number;
}

interface Entry {
  /** undefined: nothing is remembered, but what the place has is still watched. */
  readonly value: string | undefined;
  readonly readAt: number;
}

const forgotten: Entry = { value: undefined, readAt: Number.NEGATIVE_INFINITY };

/**
 * Remembers what a far place said, as the modes of a read tell it to. While the place is down the last answer is served
 * and `down` says why, until its `expiry`. Its watch asks again for everything that was read, also for what was deleted
 * meanwhile, unless the place has a watch of its own. Of more than `max` it does not see changes of those read longest ago.
 */
export class CachedSecretProvider implements SecretProvider {
  readonly name: string;
  readonly set?: (name: string, value: string) => Promise<void>;
  readonly delete?: (name: string) => Promise<boolean>;
  readonly #entries = new Map<string, Entry>();
  readonly #asking = new Map<string, Promise<string | undefined>>();
  readonly #ttlMs: number;
  readonly #expiryMs: number;
  readonly #max: number;
  readonly #now: () => number;
  #down: string | undefined;

  constructor(
    private readonly inner: SecretProvider,
    private readonly options: CachedSecretProviderOptions = {},
  ) {
    const { ttl = '15m', expiry = '24h', max = 1_000, now = () => performance.now() } = options;
    this.name = inner.name;
    this.#ttlMs = durationMs(ttl, 'ttl');
    this.#expiryMs = Math.max(this.#ttlMs, durationMs(expiry, 'expiry'));
    this.#max = max;
    this.#now = now;
    if (inner.set) this.set = (name, value) => this.#forgetAfter(name, inner.set!(name, value));
    if (inner.delete) this.delete = (name) => this.#forgetAfter(name, inner.delete!(name));
  }

  /** Why the last answer of the place is served instead of a new one. */
  get down(): string | undefined {
    return this.#down;
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }

  placesOf(name: string): readonly string[] {
    return this.inner.placesOf(name);
  }

  canWrite(name: string): Promise<true | string> {
    return this.inner.canWrite(name);
  }

  async list(): Promise<readonly string[]> {
    return (await this.inner.list?.()) ?? this.#remembered();
  }

  async get(name: string, mode: SecretReadMode = 'cache-then-remote'): Promise<string | undefined> {
    if (mode === 'remote') return this.#ask(name);
    const entry = this.#entries.get(name);
    const ageMs = entry ? this.#now() - entry.readAt : Number.POSITIVE_INFINITY;
    if (entry) this.#used(name, entry);
    if (mode === 'cache') return ageMs < this.#expiryMs ? entry?.value : undefined;
    if (entry && ageMs < this.#ttlMs) {
      // What goes wrong is told by `down`; the answer still counts.
      if (ageMs > this.#ttlMs * 0.8) void this.#ask(name).catch(() => undefined);
      return entry.value;
    }
    try {
      return await this.#ask(name);
    } catch (error) {
      if (!entry || !isDown(error) || ageMs >= this.#expiryMs) throw error;
      return entry.value;
    }
  }

  watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    const heard = (names: readonly string[]) => {
      for (const name of names) this.#forget(name);
      changed(names);
    };
    if (this.inner.watch) return this.inner.watch(heard);
    const { pollMs = this.#ttlMs * 0.8, settleMs = 0, lookMs, logger } = this.options;
    const times = { pollMs, settleMs, logger, ...(lookMs !== undefined && { lookMs }) };
    return PolledWatch.start({ ...times, name: this.name, look: () => this.#refresh(), changed });
  }

  async #refresh(): Promise<PlaceContent> {
    const names = [...this.#entries.keys()];
    const values = new Map<string, string>();
    await fewAtOnce(names, async (name) => {
      const value = await this.#ask(name);
      if (value !== undefined) values.set(name, value);
    });
    return { values, unusable: new Map() };
  }

  /** Once for all who ask at the same time. */
  #ask(name: string): Promise<string | undefined> {
    const known = this.#asking.get(name);
    if (known) return known;
    const isCurrent = () => this.#asking.get(name) === asking;
    const asking: Promise<string | undefined> = this.#answer(name, isCurrent).finally(() => {
      if (isCurrent()) this.#asking.delete(name);
    });
    this.#asking.set(name, asking);
    return asking;
  }

  /** What was forgotten while it was asked for may be the old value: it is given to who asked, and not remembered. */
  async #answer(name: string, isCurrent: () => boolean): Promise<string | undefined> {
    try {
      const value = await this.inner.get(name, 'remote');
      this.#down = undefined;
      if (!isCurrent()) return value;
      if (value === undefined) this.#forget(name);
      else this.#used(name, { value, readAt: this.#now() });
      return value;
    } catch (error) {
      if (isDown(error)) this.#down = messageOf(error);
      throw error;
    }
  }

  #used(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest);
  }

  #remembered(): string[] {
    return [...this.#entries].flatMap(([name, { value }]) => (value === undefined ? [] : [name])).sort();
  }

  async #forgetAfter<T>(name: string, writing: Promise<T>): Promise<T> {
    try {
      return await writing;
    } finally {
      this.#forget(name);
    }
  }

  #forget(name: string): void {
    if (this.#entries.has(name)) this.#entries.set(name, forgotten);
    this.#asking.delete(name);
  }
}

/** Whether the place did not answer, instead of refusing. */
function isDown(error: unknown): boolean {
  return !PyWattError.is(error) || error.family !== 'secret' || error.code === 'PROVIDER_FAILED';
}
