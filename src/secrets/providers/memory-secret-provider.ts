import type { SecretProvider } from './secret-provider.js';

/** Secrets in this process alone; for tests and for programs that fetch them in their own way. */
export class MemorySecretProvider implements SecretProvider {
  readonly name = 'memory';
  readonly #values: Map<string, string>;

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.#values = new Map(Object.entries(values));
  }

  placesOf(name: string): readonly string[] {
    return [`'${name}' in memory`];
  }

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(this.#values.get(name) || undefined);
  }

  canWrite(): Promise<true> {
    return Promise.resolve(true);
  }

  set(name: string, value: string): Promise<void> {
    this.#values.set(name, value);
    return Promise.resolve();
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#values.keys()].sort());
  }
}
