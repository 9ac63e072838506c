import { didYouMean, type Duration, durationMs, type Redactor, withDeadline } from '../foundation/index.js';
import type { ChainedSecretProvider } from './providers/chained-secret-provider.js';
import type { SecretProvider, SecretReadMode } from './providers/secret-provider.js';
import type { WatchHealth } from './providers/watch-health.js';
import { newVersion, Proposal, type StoredSecret } from './rotation/proposal.js';
import { isStagedName, stagedName } from './rotation/staged-name.js';
import { MissedSecrets } from './missed-secrets.js';
import { SecretChanges } from './secret-changes.js';
import { SecretError } from './secret-error.js';
import type { SecretReadOptions, SecretSource } from './secret-source.js';

export interface SecretStoreOptions {
  readonly provider: ChainedSecretProvider;
  readonly redactor: Redactor;
  /** How long a read waits for a rotation of its secret to be decided. Default `60s`. */
  readonly settleTimeout?: Duration;
  /** How long a provider may take to read or to store one value. Default `10s`. */
  readonly providerTimeout?: Duration;
}

export interface StoreReadOptions extends SecretReadOptions {
  /** Who reads, where the peer cannot name a rotation: a key of `Proposal.publishTo`. */
  readonly reader?: string;
  /** Gives the last value of a secret that was deleted, to who logs in with it again and again. */
  readonly lastKnown?: boolean;
}

interface SuppliedSecret extends StoredSecret {
  readonly provider: SecretProvider;
}

/**
 * The secrets in force, read from the providers once and then the same for everybody until a rotation replaces them;
 * secrets that were not found are looked for again. During a rotation only those who name it (or were told of it as
 * plain readers) see the proposed value; everybody else, such as a module that just starts, waits until it is decided,
 * so that nobody boots with a value that is about to retire.
 */
export class SecretStore implements SecretSource {
  /** Which secrets `get` gives another value of than before. */
  readonly changes = new SecretChanges();
  readonly missed = new MissedSecrets();
  readonly #current = new Map<string, Promise<SuppliedSecret | undefined>>();
  readonly #proposals = new Map<string, Proposal>();
  /** Deleted where they are kept, with the value that those who were given it go on with. */
  readonly #deleted = new Map<string, SuppliedSecret>();
  /** What the provider was found to have and is not in force, with the version it will have. */
  readonly #coming = new Map<string, StoredSecret>();

  constructor(private readonly options: SecretStoreOptions) {}

  placesOf(name: string): readonly string[] {
    return this.options.provider.placesOf(name);
  }

  /**
   * The value for this reader, or undefined when no provider has the secret. Rejects with `SecretError` ROTATION_BUSY
   * (retryable) when a rotation is not decided within `settleTimeout`, or as the provider does.
   */
  async get(
    name: string,
    { rotationId, reader, mode, lastKnown }: StoreReadOptions = {},
  ): Promise<StoredSecret | undefined> {
    const proposal = this.#proposals.get(name);
    if (proposal?.isVisibleTo(rotationId, reader)) return proposal.proposed;
    if (mode === 'cache') return shown(name, await this.#current.get(name)?.catch(() => undefined));
    await this.settled(name);
    const found = await (mode === 'remote' ? this.#readAgain(name) : this.#inForce(name));
    if (!found) this.missed.note(name);
    return shown(name, found ?? (lastKnown ? this.#deleted.get(name) : undefined));
  }

  /** The version of what the provider has now: of the value in force, or of the one that will be. Undefined without one. */
  async versionNow(name: string): Promise<string | undefined> {
    const current = await this.#current.get(name)?.catch(() => undefined);
    const found = await this.#supplied(name, 'remote');
    if (!found) return undefined;
    const known = [current, this.#proposals.get(name)?.proposed].find((each) => each?.value === found.value) ?? found;
    if (known === found) this.expect(name, found);
    return known.version;
  }

  /** This value will have this version, should it come into force. */
  expect(name: string, { value, version }: StoredSecret): void {
    this.#coming.set(name, { value, version });
  }

  /** Writes it where it is kept. What is in force stays so until a rotation, for which the watch of that place gives cause. */
  async set(name: string, value: string): Promise<void> {
    this.options.redactor.add(value, { name });
    const before = await this.options.provider.get(name).catch(() => undefined);
    await this.options.provider.set(name, value);
    if (!this.#current.has(name)) this.changes.note(name);
    if (before !== undefined && before !== value) await this.retire(name, before);
  }

  async delete(name: string): Promise<boolean> {
    const wasThere = await this.options.provider.delete(name);
    await this.forget(name);
    return wasThere;
  }

  list(): Promise<readonly string[]> {
    return this.names();
  }

  /** It was deleted: reads ask the provider from now on, and a value it has again is rotated to by `proposeChange`. */
  async forget(name: string): Promise<void> {
    const current = await this.#current.get(name)?.catch(() => undefined);
    if (current) this.#deleted.set(name, current);
    this.#current.delete(name);
    this.changes.note(name);
  }

  close(): Promise<void> {
    return this.options.provider.close();
  }

  health(): WatchHealth {
    return this.options.provider.watchHealth;
  }

  /** Resolves when no rotation of the secret is undecided; see `get`. */
  async settled(name: string): Promise<void> {
    const { settleTimeout = '60s' } = this.options;
    const busy = () =>
      new SecretError('ROTATION_BUSY', `secret '${name}' is still being rotated; try again`, {
        retryable: true,
        details: { name },
      });
    const decided = async () => {
      for (let proposal = this.#proposals.get(name); proposal; proposal = this.#proposals.get(name))
        await proposal.decided;
    };
    if (this.#proposals.has(name)) await withDeadline(decided(), durationMs(settleTimeout), busy);
  }

  /** The names the providers can tell, sorted. */
  async names(): Promise<readonly string[]> {
    return (await this.options.provider.list()).filter((name) => !isStagedName(name));
  }

  /**
   * Proposes a new value. Rejects with `SecretError` NOT_FOUND when no provider has the secret, READ_ONLY when the one
   * that supplies it cannot store the new value, ROTATION_BUSY while another proposal is undecided. Whoever proposes
   * commits or withdraws.
   */
  async propose(name: string, value: string, rotationId: string): Promise<Proposal> {
    this.options.redactor.add(value, { name });
    const current = await this.#inForce(name);
    if (!current) throw await this.notFound(name);
    const writable = await this.#inTime(current.provider, name, current.provider.canWrite(name));
    if (writable !== true || !current.provider.set) {
      const why =
        writable === true
          ? `${current.provider.name} cannot store values; keep the secret in a directory of secret files`
          : writable;
      throw new SecretError('READ_ONLY', `secret '${name}' cannot be rotated: ${why}`, {
        details: { name, provider: current.provider.name },
      });
    }
    return this.#open(name, value, rotationId, current, false);
  }

  /**
   * Proposes what the provider has by now, which needs no storing. Undefined when that is the value in force, or nobody
   * was given one yet. Rejects with NOT_FOUND when the provider has the secret no more, or as it does.
   */
  async proposeChange(name: string, rotationId: string): Promise<Proposal | undefined> {
    const current = (await this.#current.get(name)?.catch(() => undefined)) ?? this.#deleted.get(name);
    if (!current) {
      this.changes.note(name);
      return undefined;
    }
    const found = await this.#inTime(this.options.provider, name, this.options.provider.find(name, 'remote'));
    if (!found) {
      await this.forget(name);
      throw await this.notFound(name);
    }
    if (found.value === current.value) {
      if (this.#deleted.delete(name)) this.#putInForce(name, current);
      return undefined;
    }
    this.options.redactor.add(found.value, { name });
    return this.#open(name, found.value, rotationId, { ...current, provider: found.provider }, true);
  }

  #open(name: string, value: string, rotationId: string, current: SuppliedSecret, isAdopted: boolean): Proposal {
    if (this.#proposals.has(name))
      throw new SecretError('ROTATION_BUSY', `secret '${name}' is being rotated already`, { retryable: true });
    const { provider, ...previous } = current;
    const staged = stagedName(name);
    const proposal = new Proposal(
      name,
      rotationId,
      { value, version: this.#versionOf(name, value) },
      previous,
      isAdopted,
      {
        store: () => this.#store(provider, name, value),
        restore: async () => provider.set?.(name, previous.value),
        // Where a value cannot be deleted it is not left lying about.
        ...(provider.delete && {
          stage: () => this.#inTime(provider, name, provider.set!(staged, value)),
          unstage: async () => void (await provider.delete!(staged)),
        }),
        putInForce: (next) => {
          this.#deleted.delete(name);
          this.#putInForce(name, { ...next, provider });
        },
        end: () => this.#proposals.delete(name),
      },
    );
    this.#proposals.set(name, proposal);
    return proposal;
  }

  #putInForce(name: string, secret: SuppliedSecret): void {
    this.#current.set(name, Promise.resolve(secret));
    this.#coming.delete(name);
    this.changes.note(name);
  }

  /** The value is over for this secret, unless it has come into force again meanwhile, or is about to. */
  async retire(name: string, value: string): Promise<void> {
    const current = await this.#current.get(name)?.catch(() => undefined);
    if (current?.value !== value && this.#proposals.get(name)?.proposed.value !== value)
      this.options.redactor.retire(value, name);
  }

  async #store(provider: SecretProvider, name: string, value: string): Promise<void> {
    const writing = Promise.resolve(provider.set?.(name, value));
    try {
      await this.#inTime(provider, name, writing);
    } catch (error) {
      // Should it be written after all, what is in force by then is written over it.
      writing.then(() => this.#restore(provider, name)).catch(() => undefined);
      throw error;
    }
  }

  async #restore(provider: SecretProvider, name: string): Promise<void> {
    await this.settled(name);
    const current = await this.#inForce(name);
    if (current) await provider.set?.(name, current.value);
  }

  async #inForce(name: string): Promise<SuppliedSecret | undefined> {
    const known = this.#current.get(name);
    if (known) return known;
    if (this.#deleted.has(name)) return this.#supplied(name);
    const reading = this.#supplied(name);
    this.#current.set(name, reading);
    const forget = () => this.#current.get(name) === reading && this.#current.delete(name);
    void reading.then((found) => found ?? forget(), forget);
    return reading;
  }

  async #supplied(name: string, mode?: SecretReadMode): Promise<SuppliedSecret | undefined> {
    const found = await this.#inTime(this.options.provider, name, this.options.provider.find(name, mode));
    if (!found) return undefined;
    this.options.redactor.add(found.value, { name });
    return { ...found, version: this.#versionOf(name, found.value) };
  }

  #versionOf(name: string, value: string): string {
    const coming = this.#coming.get(name);
    return coming?.value === value ? coming.version : newVersion();
  }

  /** What the provider has now. Where that is another value, putting it in force is the business of a rotation. */
  async #readAgain(name: string): Promise<SuppliedSecret | undefined> {
    const [current, found] = await Promise.all([this.#current.get(name), this.#supplied(name, 'remote')]);
    return current && current.value === found?.value ? current : found;
  }

  #inTime<T>(provider: SecretProvider, name: string, work: Promise<T>): Promise<T> {
    const { providerTimeout = '10s' } = this.options;
    const message = `${provider.name} did not answer for '${name}' within ${JSON.stringify(providerTimeout)}; check that it can be reached`;
    const slow = () => new SecretError('PROVIDER_FAILED', message, { retryable: true, details: { name } });
    return withDeadline(work, durationMs(providerTimeout), slow);
  }

  /** Names the places that were looked at and the nearest name. */
  async notFound(name: string): Promise<SecretError> {
    const known = await this.names().catch(() => []);
    const places = this.placesOf(name).join(', ');
    return new SecretError(
      'NOT_FOUND',
      `there is no secret '${name}' (looked for ${places})${didYouMean(name, known)}`,
      { details: { name } },
    );
  }
}

function shown(name: string, secret: SuppliedSecret | undefined): StoredSecret | undefined {
  if (!secret) return undefined;
  const { value, version, provider } = secret;
  return { value, version, place: provider.placesOf(name).join(' or ') };
}
