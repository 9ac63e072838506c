import type { Logger, Redactor } from '../foundation/index.js';
import type { ServiceBroker, ServiceConnection, ServiceOpenRequest, WireJson } from '../wire/index.js';
import type { ChainedSecretProvider } from './providers/chained-secret-provider.js';
import { modeIn, nameIn, secretOperations, secretService, valueIn } from './secret-calls.js';
import { SecretError } from './secret-error.js';
import type { SecretStore } from './secret-store.js';

/** What one module, or process, may do with each secret. */
export interface SecretAccess {
  mayRead(moduleId: string, name: string): boolean;
  mayWrite(moduleId: string, name: string): boolean;
}

/** Which secrets somebody was given. */
export interface SecretAccessBooks {
  granted(name: string, version: string): void;
}

export interface SecretBrokerOptions {
  readonly store: SecretStore;
  readonly provider: ChainedSecretProvider;
  readonly access: SecretAccess;
  /** Puts another value of a secret in force with everybody who uses it, or rejects with the reason. */
  readonly rotate: (moduleId: string, name: string, value: string) => Promise<void>;
  /** Told of what was done without a rotation. */
  readonly written: (moduleId: string, what: 'set' | 'delete', name: string) => Promise<void>;
  readonly refused: (moduleId: string, name: string) => void;
  /** Opens the books of one connection, which are told of every read that it is granted. */
  readonly openBooks: (moduleId: string) => SecretAccessBooks;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

/** Who holds one connection. */
interface Reader {
  readonly moduleId: string;
  readonly books: SecretAccessBooks;
}

/**
 * Reads, writes and lists secrets for modules, as far as each was granted them. A value for a secret that exists goes the
 * way of a rotation; whoever holds one that is deleted keeps it until it starts again.
 */
export class SecretBroker implements ServiceBroker {
  readonly serviceType = secretService;
  readonly operations: readonly string[] = secretOperations;

  constructor(private readonly options: SecretBrokerOptions) {}

  open({ moduleId }: ServiceOpenRequest): Promise<ServiceConnection> {
    const reader = { moduleId, books: this.options.openBooks(moduleId) };
    return Promise.resolve({
      info: {},
      typedValues: true,
      call: (operation: string, params: WireJson) => this.#call(reader, operation, params),
      close: () => Promise.resolve(),
    });
  }

  async #call(reader: Reader, operation: string, params: WireJson): Promise<WireJson> {
    const { moduleId } = reader;
    switch (operation) {
      case 'get': {
        const name = this.#granted(moduleId, nameIn(params), 'read');
        const found = await this.options.store.get(name, { mode: modeIn(params) });
        if (!found) return null;
        const { value, version } = found;
        reader.books.granted(name, version);
        return { value, version };
      }
      case 'set': {
        const name = this.#granted(moduleId, nameIn(params), 'write');
        await this.#set(moduleId, name, valueIn(name, params));
        return null;
      }
      case 'delete': {
        const name = this.#granted(moduleId, nameIn(params), 'write');
        const deleted = await this.options.provider.delete(name);
        await this.options.store.forget(name);
        if (deleted) await this.options.written(moduleId, 'delete', name);
        this.options.logger.info('a module deleted a secret', { module: moduleId, name, deleted });
        return { deleted };
      }
      case 'list': {
        const names = await this.options.provider.list();
        return { names: names.filter((name) => this.options.access.mayRead(moduleId, name)) };
      }
      default:
        throw new SecretError('INVALID', `secrets have no operation '${operation}': ${secretOperations.join(', ')}`);
    }
  }

  async #set(moduleId: string, name: string, value: string): Promise<void> {
    const { provider, redactor, rotate, written, logger } = this.options;
    redactor.add(value, { name });
    const existed = (await provider.find(name)) !== undefined;
    if (existed) await rotate(moduleId, name, value);
    else {
      await provider.set(name, value);
      await written(moduleId, 'set', name);
    }
    logger.info('a module set a secret', { module: moduleId, name, created: !existed });
  }

  #granted(moduleId: string, name: string, access: 'read' | 'write'): string {
    const { access: policy } = this.options;
    if (access === 'read' ? policy.mayRead(moduleId, name) : policy.mayWrite(moduleId, name)) return name;
    this.options.refused(moduleId, name);
    this.options.logger.warn('access refused', { module: moduleId, kind: 'secret', name, access });
    const cure = access === 'read' ? `'${name}'` : `{ name: ${name}, access: write }`;
    throw new SecretError(
      'ACCESS_DENIED',
      `module '${moduleId}' was not granted to ${access} the secret '${name}': list ${cure} under its secrets`,
      { details: { name } },
    );
  }
}
