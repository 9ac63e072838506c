import type { SecretProvider, SecretWatch } from './secret-provider.js';

/** The watches of several providers as one, as old as the one that was checked longest ago. */
export class ChainedWatch implements SecretWatch {
  constructor(
    readonly name: string,
    readonly parts: readonly SecretWatch[],
    private readonly closed: () => void,
  ) {}

  /** Opens the watch of every provider that has one; when one of them fails, those opened before are closed. */
  static async open(
    providers: readonly SecretProvider[],
    changed: (names: readonly string[]) => void,
  ): Promise<SecretWatch[]> {
    const opened: SecretWatch[] = [];
    try {
      for (const provider of providers) if (provider.watch) opened.push(await provider.watch(changed));
      return opened;
    } catch (error) {
      await Promise.all(opened.map((watch) => watch.close()));
      throw error;
    }
  }

  get revision(): number {
    return this.parts.reduce((sum, { revision }) => sum + revision, 0);
  }

  get checkedAt(): number {
    return this.#oldest?.checkedAt ?? Date.now();
  }

  get staleAfterMs(): number {
    return this.#oldest?.staleAfterMs ?? Number.POSITIVE_INFINITY;
  }

  get trouble(): string | undefined {
    const troubles = this.parts.flatMap(({ name, trouble }) => (trouble === undefined ? [] : [`${name}: ${trouble}`]));
    return troubles.length === 0 ? undefined : troubles.join('; ');
  }

  async close(): Promise<void> {
    this.closed();
    await Promise.all(this.parts.map((watch) => watch.close()));
  }

  /** The one that is stale first. */
  get #oldest(): SecretWatch | undefined {
    const staleAt = ({ checkedAt, staleAfterMs }: SecretWatch) => checkedAt + staleAfterMs;
    return [...this.parts].sort((a, b) => staleAt(a) - staleAt(b))[0];
  }
}
