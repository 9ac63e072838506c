import { type InjectDecorator, injectKey, resourceToken, type Token } from '../container/index.js';
import type { Redactor } from '../foundation/index.js';
import type { SecretReadMode } from './providers/secret-provider.js';
import { checkedValue } from './checked-value.js';
import { SecretError } from './secret-error.js';
import { checkSecretName } from './secret-name.js';
import type { SecretSource } from './secret-source.js';
import { SecretValue } from './secret-value.js';

/** Secrets by names that are known only when the module runs. What is known before is better declared with `@Secret`. */
export interface Secrets {
  /** The value now, which does not change with a rotation; undefined when nobody has the secret. */
  get(name: string, options?: { readonly mode?: SecretReadMode }): Promise<SecretValue | undefined>;
  /** Creates the secret, or gives it another value as a rotation. Rejects with READ_ONLY or ACCESS_DENIED where that is not allowed. */
  set(name: string, value: string): Promise<void>;
  /** Resolves with whether it was there. Whoever holds its value keeps it. */
  delete(name: string): Promise<boolean>;
  /** The names this module may read and somebody has. */
  list(): Promise<readonly string[]>;
}

export const secretsKind = 'secrets';

export function secretsToken(): Token<Secrets> {
  return resourceToken<Secrets>({ kind: secretsKind, name: 'secrets' }, secretsKind);
}

/** Injects `Secrets`. Under an orchestrator a module needs the grant `{ name, access: write }` for what it sets or deletes. */
export function InjectSecrets(): InjectDecorator {
  return injectKey('@InjectSecrets', secretsToken());
}

/** The port over wherever a module gets its secrets. */
export class SourceSecrets implements Secrets {
  /** The value that each name had last: the one before it is over here. */
  readonly #last = new Map<string, string>();

  constructor(
    private readonly source: SecretSource,
    private readonly redactor: Redactor,
  ) {}

  async get(name: string, options: { readonly mode?: SecretReadMode } = {}): Promise<SecretValue | undefined> {
    checkSecretName(name);
    const found = await this.source.get(name, options);
    if (!found) return undefined;
    this.#note(name, found.value);
    return new SecretValue(name, found.value, found.version);
  }

  async set(name: string, value: string): Promise<void> {
    checkSecretName(name);
    const added = checkedValue(name, value);
    const isNew = this.#last.get(name) !== added;
    this.redactor.add(added, { name: claimOf(name) });
    try {
      if (!this.source.set) throw readOnly(name);
      await this.source.set(name, value);
    } catch (error) {
      if (isNew) this.redactor.retire(added, claimOf(name));
      throw error;
    }
    this.#note(name, added);
  }

  async delete(name: string): Promise<boolean> {
    checkSecretName(name);
    if (!this.source.delete) throw readOnly(name);
    const wasThere = await this.source.delete(name);
    this.#note(name, undefined);
    return wasThere;
  }

  async list(): Promise<readonly string[]> {
    return (await this.source.list?.()) ?? [];
  }

  #note(name: string, value: string | undefined): void {
    const before = this.#last.get(name);
    if (before === value) return;
    if (value === undefined) this.#last.delete(name);
    else {
      this.redactor.add(value, { name: claimOf(name) });
      this.#last.set(name, value);
    }
    if (before !== undefined) this.redactor.retire(before, claimOf(name));
  }
}

/** Another one than that of a handle of the same secret, which may go on with the value. */
function claimOf(name: string): string {
  return `${name} `;
}

function readOnly(name: string): SecretError {
  return new SecretError('READ_ONLY', `secret '${name}' cannot be written here`, { details: { name } });
}
