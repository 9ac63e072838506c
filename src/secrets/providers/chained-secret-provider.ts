import { SecretError } from '../secret-error.js';
import { checkSecretName } from '../secret-name.js';
import { ChainedWatch } from './chained-watch.js';
import type { SecretProvider, SecretReadMode, SecretWatch } from './secret-provider.js';
import { type WatchHealth, watchHealth } from './watch-health.js';

export interface ChainedSecretProviderOptions {
  /** Whether `watch` watches anything. Default true. */
  readonly watches?: boolean;
}

/**
 * Several providers, asked in order: the first that has a secret supplies it, one that has it not is passed over, one
 * that fails stops the search. Remembers nothing. Names that are none are refused with `SecretError` INVALID.
 */
export class ChainedSecretProvider implements SecretProvider {
  readonly name: string;
  readonly #watches = new Set<ChainedWatch>();

  constructor(
    private readonly providers: readonly SecretProvider[],
    private readonly options: ChainedSecretProviderOptions = {},
  ) {
    this.name = providers.map((provider) => provider.name).join(', then ') || 'no provider';
  }

  placesOf(name: string): readonly string[] {
    return this.providers.flatMap((provider) => provider.placesOf(name));
  }

  async get(name: string, mode?: SecretReadMode): Promise<string | undefined> {
    return (await this.find(name, mode))?.value;
  }

  /** The value together with the provider that supplies it. */
  async find(
    name: string,
    mode?: SecretReadMode,
  ): Promise<{ readonly value: string; readonly provider: SecretProvider } | undefined> {
    checkSecretName(name);
    for (const provider of this.providers) {
      const value = await provider.get(name, mode);
      if (value !== undefined) return { value, provider };
    }
    return undefined;
  }

  async canWrite(name: string): Promise<true | string> {
    const writer = await this.#writer(name);
    return typeof writer === 'string' ? writer : true;
  }

  /** Writes where the secret comes from; a new one to the first provider that takes it. Throws `SecretError` READ_ONLY. */
  async set(name: string, value: string): Promise<void> {
    const writer = await this.#writer(name);
    if (typeof writer === 'string' || !writer.set) throw readOnly(name, 'written', writer);
    await writer.set(name, value);
  }

  /**
   * Forgets the secret where it comes from; what a later provider has under that name supplies it from then on. Resolves
   * with whether it was there. Throws `SecretError` READ_ONLY.
   */
  async delete(name: string): Promise<boolean> {
    if (!(await this.find(name))) return false;
    const writer = await this.#writer(name);
    if (typeof writer === 'string' || !writer.delete) throw readOnly(name, 'deleted', writer);
    return writer.delete(name);
  }

  async list(): Promise<readonly string[]> {
    const lists = await Promise.all(this.providers.map((provider) => provider.list?.() ?? Promise.resolve([])));
    return [...new Set(lists.flat())].sort();
  }

  /** Watches all providers that can; `watchHealth` tells how each of them is. */
  async watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    const parts = this.options.watches === false ? [] : await ChainedWatch.open(this.providers, changed);
    const watch: ChainedWatch = new ChainedWatch(this.name, parts, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return watch;
  }

  async close(): Promise<void> {
    await Promise.all([
      ...[...this.#watches].map((watch) => watch.close()),
      ...this.providers.map((each) => each.close?.()),
    ]);
  }

  /** How the watches that are open now are, and the providers that live on what they remember. */
  get watchHealth(): WatchHealth {
    const watches = [...this.#watches].flatMap(({ parts }) => parts);
    return watchHealth(watches, this.providers);
  }

  async #writer(name: string): Promise<SecretProvider | string> {
    const supplier = (await this.find(name))?.provider;
    const refusals: string[] = [];
    for (const provider of supplier ? [supplier] : this.providers) {
      const answer = await provider.canWrite(name);
      if (answer === true) return provider;
      refusals.push(answer);
    }
    return refusals[0] ?? 'no secret provider is configured';
  }
}

function readOnly(name: string, verb: string, writer: SecretProvider | string): SecretError {
  const why =
    typeof writer === 'string'
      ? writer
      : `${writer.name} can do no such thing; keep the secret in a directory of secret files`;
  return new SecretError('READ_ONLY', `secret '${name}' cannot be ${verb}: ${why}`, { details: { name } });
}
