import type { Redactor } from '../../foundation/index.js';
import type { SecretStore } from '../secret-store.js';

/** The values that providers have and that were rejected. They are hidden until the provider has another one. */
export class RefusedChanges {
  /** Why, by the name of the secret. */
  readonly reasons = new Map<string, string>();
  readonly #values = new Map<string, string>();

  constructor(
    private readonly store: Pick<SecretStore, 'retire'>,
    private readonly redactor: Redactor,
  ) {}

  /** In place of one that was refused before. */
  async refuse(name: string, value: string): Promise<void> {
    await this.#retire(name, value);
    this.#values.set(name, value);
    // A module that shares the redactor has retired what it refused.
    this.redactor.add(value, { name });
  }

  /** What the provider has is in force, or it has nothing. */
  async end(name: string): Promise<void> {
    this.reasons.delete(name);
    await this.#retire(name, undefined);
  }

  async #retire(name: string, next: string | undefined): Promise<void> {
    const before = this.#values.get(name);
    this.#values.delete(name);
    if (before !== undefined && before !== next) await this.store.retire(name, before);
  }
}
