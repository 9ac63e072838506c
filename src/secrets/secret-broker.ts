import { isJsonObject, type Logger, type Redactor } from '../foundation/index.js';
import type { ServiceBroker, ServiceCallOptions, ServiceConnection, WireJson } from '../wire/index.js';
import type { ChainedSecretProvider } from './providers/chained-secret-provider.js';
import { heardIn, modeIn, nameIn, secretOperations, secretService, valueIn, waitMsIn } from './secret-calls.js';
import { SecretError } from './secret-error.js';
import type { SecretStore } from './secret-store.js';

/** What one module, or process, may do with each secret. */
export interface SecretAccess {
  mayRead(moduleId: string, name: string): boolean;
  mayWrite(moduleId: string, name: string): boolean;
}

/** Which secrets somebody was given, and which they were refused. */
export interface SecretAccessBooks {
  granted(name: string, version: string): void;
  refused(name: string, access: 'read' | 'write'): void;
}

export interface SecretBrokerOptions {
  readonly store: SecretStore;
  readonly provider: ChainedSecretProvider;
  readonly access: SecretAccess;
  /** Puts another value of a secret in force with everybody who uses it, or rejects with the reason. */
  readonly rotate: (moduleId: string, name: string, value: string) => Promise<void>;
  /** Told of what was done without a rotation. */
  readonly written: (moduleId: string, what: 'set' | 'delete', name: string) => Promise<void>;
  readonly redactor: Redactor;
  readonly logger: Logger;
}

/** One launch of a module, or one session of another process: it may hold several connections. */
export interface SecretReader {
  readonly moduleId: string;
  readonly books: SecretAccessBooks;
  /** The key of the configuration that grants it secrets. Default: that of the module. */
  readonly grantedUnder?: string;
}

/**
 * Reads, writes and lists secrets for modules, as far as each was granted them. A value for a secret that exists goes the
 * way of a rotation; whoever holds one that is deleted keeps it until it starts again.
 */
export class SecretBroker implements Omit<ServiceBroker, 'open'> {
  readonly serviceType = secretService;
  readonly operations: readonly string[] = secretOperations;
  /** The watch of each reader that has one: the next one takes its place, so that none can make this process hold many. */
  readonly #watches = new WeakMap<SecretReader, AbortController>();

  constructor(private readonly options: SecretBrokerOptions) {}

  /** A connection, which is as good as any other of the same reader. */
  open(reader: SecretReader): ServiceConnection {
    return {
      info: {},
      typedValues: true,
      call: (operation, params, options) => this.#call(reader, operation, params, options),
      close: async () => this.#watches.get(reader)?.abort(),
    };
  }

  async #call(
    reader: SecretReader,
    operation: string,
    params: WireJson,
    options?: ServiceCallOptions,
  ): Promise<WireJson> {
    const { moduleId } = reader;
    switch (operation) {
      case 'get': {
        const name = this.#granted(reader, nameIn(params), 'read');
        const found = await this.options.store.get(name, { mode: modeIn(params) });
        if (!found) return null;
        const { value, version } = found;
        reader.books.granted(name, version);
        return { value, version };
      }
      case 'set': {
        const name = this.#granted(reader, nameIn(params), 'write');
        await this.#set(moduleId, name, valueIn(name, params));
        return null;
      }
      case 'delete': {
        const name = this.#granted(reader, nameIn(params), 'write');
        const deleted = await this.options.store.delete(name);
        if (deleted) await this.options.written(moduleId, 'delete', name);
        this.options.logger.info('a module deleted a secret', { module: moduleId, name, deleted });
        return { deleted };
      }
      case 'list': {
        const names = await this.options.provider.list();
        return { names: names.filter((name) => this.options.access.mayRead(moduleId, name)) };
      }
      case 'watch':
        return this.#watch(reader, params, options?.signal);
      default:
        throw new SecretError('INVALID', `secrets have no operation '${operation}': ${secretOperations.join(', ')}`);
    }
  }

  async #watch(reader: SecretReader, params: WireJson, given?: AbortSignal): Promise<WireJson> {
    const { store, access } = this.options;
    const watch = new AbortController();
    this.#watches.get(reader)?.abort();
    this.#watches.set(reader, watch);
    const { names, ...heard } = await store.changes.next({
      heard: isJsonObject(params) ? heardIn(params['heard'] ?? null) : undefined,
      mayRead: (name) => access.mayRead(reader.moduleId, name),
      waitMs: waitMsIn(params),
      signal: given ? AbortSignal.any([watch.signal, given]) : watch.signal,
    });
    return { ...heard, names: names ? [...names] : null };
  }

  async #set(moduleId: string, name: string, value: string): Promise<void> {
    const { store, provider, redactor, rotate, written, logger } = this.options;
    redactor.add(value, { name });
    const existed = (await provider.find(name)) !== undefined;
    if (existed) await rotate(moduleId, name, value);
    else {
      await store.set(name, value);
      await written(moduleId, 'set', name);
    }
    logger.info('a module set a secret', { module: moduleId, name, created: !existed });
  }

  #granted(reader: SecretReader, name: string, access: 'read' | 'write'): string {
    const { moduleId, books, grantedUnder = `modules.${moduleId}.secrets` } = reader;
    const { access: policy } = this.options;
    if (access === 'read' ? policy.mayRead(moduleId, name) : policy.mayWrite(moduleId, name)) return name;
    books.refused(name, access);
    this.options.logger.warn('access refused', { module: moduleId, kind: 'secret', name, access });
    const cure = access === 'read' ? `'${name}'` : `{ name: ${name}, access: write }`;
    throw new SecretError(
      'ACCESS_DENIED',
      `no access to ${access} the secret '${name}' was granted: list ${cure} under ${grantedUnder}`,
      { details: { name } },
    );
  }
}
