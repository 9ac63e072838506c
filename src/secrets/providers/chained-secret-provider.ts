import { SecretError } from '../secret-error.js';
import type { SecretProvider } from './secret-provider.js';

/**
 * Several providers, asked in order: the first that has a secret supplies it, one that has it not is passed over, one
 * that fails stops the search. Remembers nothing.
 */
export class ChainedSecretProvider implements SecretProvider {
  readonly name: string;

  constructor(private readonly providers: readonly SecretProvider[]) {
    this.name = providers.map((provider) => provider.name).join(', then ') || 'no provider';
  }

  placesOf(name: string): readonly string[] {
    return this.providers.flatMap((provider) => provider.placesOf(name));
  }

  async get(name: string): Promise<string | undefined> {
    return (await this.find(name))?.value;
  }

  /** The value together with the provider that supplies it. */
  async find(name: string): Promise<{ readonly value: string; readonly provider: SecretProvider } | undefined> {
    for (const provider of this.providers) {
      const value = await provider.get(name);
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
    if (typeof writer === 'string')
      throw new SecretError('READ_ONLY', `secret '${name}' cannot be written: ${writer}`, { details: { name } });
    await writer.set?.(name, value);
  }

  async list(): Promise<readonly string[]> {
    const lists = await Promise.all(this.providers.map((provider) => provider.list?.() ?? Promise.resolve([])));
    return [...new Set(lists.flat())].sort();
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
