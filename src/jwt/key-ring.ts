import { type CredentialUser, longestTimerMs, type PreparedCredential } from '../foundation/index.js';
import type { JwtAlgorithm } from './jwt-algorithm.js';
import { JwtError } from './jwt-error.js';
import { type JwtKey, parseKey } from './parse-key.js';

export interface KeyRingOptions {
  readonly algorithm: JwtAlgorithm;
  /** The name of the secret whose value is the key. */
  readonly secret: string;
  /** How long a key that was replaced is still accepted. */
  readonly overlapMs: number;
  /** The value in force; asked for once, when the first token comes. */
  readonly load: () => Promise<string>;
  /** What it replaced, newest first, and until when each is accepted. Default: nothing. */
  readonly previous?: () => readonly { readonly value: string; readonly until: number }[];
  /** Milliseconds since 1970. Default: the clock of this host. */
  readonly now?: () => number;
}

interface HeldKey {
  readonly key: JwtKey;
  /** Until then it is accepted; undefined for as long as nothing has replaced it for good. */
  acceptedUntil: number | undefined;
}

/** More keys than these are never held: with the next rotation the oldest goes, however long its overlap. */
const maxKeys = 8;

/**
 * The keys of tokens: signs with the newest, accepts those it replaced until their overlap is over. It takes part in
 * the rotation of its secret as a `CredentialUser`; `rotateTo` is the same in one step.
 */
export class KeyRing implements CredentialUser {
  readonly name = 'the key of tokens';
  readonly secret: string;
  readonly #options: KeyRingOptions;
  readonly #now: () => number;
  /** Newest first. */
  #keys: HeldKey[] = [];
  #loading: Promise<void> | undefined;

  constructor(options: KeyRingOptions) {
    this.#options = options;
    this.secret = options.secret;
    this.#now = options.now ?? Date.now;
  }

  /** Resolves when there is a key. Rejects as `load` does, or with JwtError KEY; the next call tries again. */
  ready(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** The key that signs. KEY when it is a public one. */
  async signing(): Promise<JwtKey & { readonly signing: NonNullable<JwtKey['signing']> }> {
    await this.ready();
    const { id, signing, verifying } = this.#keys[0]!.key;
    if (signing) return { id, signing, verifying };
    throw new JwtError('KEY', `secret '${this.secret}' holds a public key, which can verify tokens but not sign them`);
  }

  /** The keys a token may be signed with, the likeliest first: a `kid` is a hint that nobody has to give. */
  async accepted(keyId: string | undefined): Promise<JwtKey[]> {
    await this.ready();
    this.#dropOver();
    const keys = this.#keys.map(({ key }) => key);
    return [...keys.filter(({ id }) => id === keyId), ...keys.filter(({ id }) => id !== keyId)];
  }

  /** Rejects with JwtError KEY when `value` is no key for the algorithm. */
  async prepare(value: string, signal: AbortSignal): Promise<PreparedCredential> {
    signal.throwIfAborted();
    const next: HeldKey = { key: this.#parse(value), acceptedUntil: undefined };
    let replaced: HeldKey[] = [];
    return {
      activate: () => {
        replaced = this.#keys.filter(({ acceptedUntil }) => acceptedUntil === undefined);
        this.#add(next);
      },
      // Resolves at once: nothing signs with the old keys any more, and nobody shall wait until none is accepted.
      retire: async () => this.#retire(replaced, this.#now() + this.#options.overlapMs),
      abandon: async () => void (this.#keys = this.#keys.filter((held) => held !== next)),
    };
  }

  /** Signs with the key in `value` from now on; those before are accepted until then. KEY when it is no key. */
  async rotateTo(value: string, overlapUntil: Date): Promise<void> {
    await this.ready();
    const replaced = this.#keys.filter(({ acceptedUntil }) => acceptedUntil === undefined);
    this.#add({ key: this.#parse(value), acceptedUntil: undefined });
    this.#retire(replaced, overlapUntil.getTime());
  }

  async #load(): Promise<void> {
    const key = this.#parse(await this.#options.load());
    // A key that was activated while the old value was still being read stands before it.
    const isReplaced = this.#keys.length > 0;
    this.#keys.push({ key, acceptedUntil: isReplaced ? this.#now() + this.#options.overlapMs : undefined });
    for (const { value, until } of this.#options.previous?.() ?? []) {
      const key = this.#parsed(value);
      if (!key) continue;
      const held = { key, acceptedUntil: until };
      this.#keys = [...this.#keys, held].slice(0, maxKeys);
      this.#retire([held], until);
    }
  }

  /** Undefined for one of another algorithm: no token that it signed is accepted anyway. */
  #parsed(value: string): JwtKey | undefined {
    try {
      return this.#parse(value);
    } catch {
      return undefined;
    }
  }

  #parse(value: string): JwtKey {
    return parseKey(value, this.#options.algorithm, this.secret);
  }

  #add(held: HeldKey): void {
    this.#keys = [held, ...this.#keys].slice(0, maxKeys);
  }

  #retire(replaced: readonly HeldKey[], until: number): void {
    for (const held of replaced) held.acceptedUntil = until;
    // Also without another token the key shall not stay in memory.
    setTimeout(() => this.#dropOver(), Math.min(Math.max(until - this.#now(), 0), longestTimerMs)).unref();
  }

  #dropOver(): void {
    const now = this.#now();
    this.#keys = this.#keys.filter(({ acceptedUntil }) => acceptedUntil === undefined || acceptedUntil > now);
  }
}
