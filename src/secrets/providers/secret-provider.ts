/**
 * How a read may be answered, by providers that remember what a far place said: from memory, else from the place
 * (`cache-then-remote`, the default); by the place itself (`remote`); or from memory alone (`cache`), a miss being as
 * none. Providers that read a place of their own every time have no memory and pass over it.
 */
export type SecretReadMode = 'cache-then-remote' | 'remote' | 'cache';

/** One place that holds secrets. All methods reject with `SecretError` PROVIDER_FAILED when the place fails. */
export interface SecretProvider {
  /** Ends the connection to a far place; providers that hold none leave it out. */
  close?(): Promise<void>;
  /** What it is, for reports: `env PYWATT_SECRET_*`, `file ./secrets`. */
  readonly name: string;
  /** Where it looks for a secret, in the words people use to put it there: `PYWATT_SECRET_STRIPE_KEY`. */
  placesOf(name: string): readonly string[];
  /** Why the place cannot be reached while what it said last is served; undefined while all is well. */
  readonly down?: string | undefined;
  /** The value, or undefined when it has none. An empty value counts as none. */
  get(name: string, mode?: SecretReadMode): Promise<string | undefined>;
  /** True, or why the secret cannot be written here and what to do instead. */
  canWrite(name: string): Promise<true | string>;
  /** Stores the value; providers that never can leave it out. Afterwards `get` returns it. */
  set?(name: string, value: string): Promise<void>;
  /** Forgets the secret; providers that never can leave it out. Resolves with whether it was there. */
  delete?(name: string): Promise<boolean>;
  /** The names it has, where it can tell. */
  list?(): Promise<readonly string[]>;
  /**
   * Tells of values that may have changed in the place itself, until the watch is closed; providers whose values cannot
   * change while the process runs leave it out. Resolves when nothing that changes from now on can be missed.
   */
  watch?(changed: (names: readonly string[]) => void): Promise<SecretWatch>;
}

/** A subscription to the changes of one provider. Whoever opened it closes it. */
export interface SecretWatch {
  /** What is watched, for reports: `file ./secrets`. */
  readonly name: string;
  /** Grows with every change that was seen. */
  readonly revision: number;
  /** When the place was last found in order (milliseconds of `Date.now()`), whether or not anything had changed. */
  readonly checkedAt: number;
  /** It is stale when `checkedAt` is longer ago than this. */
  readonly staleAfterMs: number;
  /** Why changes cannot be seen, and what to do; undefined while they can. */
  readonly trouble: string | undefined;
  close(): Promise<void>;
}
