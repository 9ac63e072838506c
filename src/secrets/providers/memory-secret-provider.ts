import { checkSecretName } from '../secret-name.js';
import type { SecretProvider, SecretWatch } from './secret-provider.js';

/**
 * Secrets in this process alone; for tests and for programs that fetch them in their own way: what they `set` or
 * `delete` is told to the watches at once.
 */
export class MemorySecretProvider implements SecretProvider {
  readonly name = 'memory';
  readonly #values: Map<string, string>;
  readonly #watches = new Set<MemoryWatch>();

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.#values = new Map(Object.entries(values));
  }

  placesOf(name: string): readonly string[] {
    return [`'${name}' in memory`];
  }

  async get(name: string): Promise<string | undefined> {
    checkSecretName(name);
    return this.#values.get(name) || undefined;
  }

  canWrite(): Promise<true> {
    return Promise.resolve(true);
  }

  async set(name: string, value: string): Promise<void> {
    checkSecretName(name);
    const isOther = this.#values.get(name) !== value;
    this.#values.set(name, value);
    if (isOther) this.#tell(name);
  }

  async delete(name: string): Promise<boolean> {
    checkSecretName(name);
    const wasThere = this.#values.delete(name);
    if (wasThere) this.#tell(name);
    return wasThere;
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#values.keys()].sort());
  }

  watch(changed: (names: readonly string[]) => void): Promise<SecretWatch> {
    const watch = new MemoryWatch(changed, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    return Promise.resolve(watch);
  }

  #tell(name: string): void {
    for (const watch of this.#watches) watch.tell(name);
  }
}

/** Memory is always in order. */
class MemoryWatch implements SecretWatch {
  readonly name = 'memory';
  readonly staleAfterMs = Number.POSITIVE_INFINITY;
  readonly trouble = undefined;
  revision = 0;

  constructor(
    private readonly changed: (names: readonly string[]) => void,
    private readonly forget: () => void,
  ) {}

  get checkedAt(): number {
    return Date.now();
  }

  tell(name: string): void {
    this.revision += 1;
    this.changed([name]);
  }

  close(): Promise<void> {
    this.forget();
    return Promise.resolve();
  }
}
