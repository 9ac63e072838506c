import { type Cache, openCache } from '../cache/index.js';
import { type DirectDatabase, openDatabase } from '../database/index.js';
import { BootError, type CredentialUser, type Logger } from '../foundation/index.js';
import type { Jwt } from '../jwt/index.js';
import type { SecretSource } from '../secrets/index.js';
import { openDirectService, type ServiceContract, type ServiceImplementation } from '../services/index.js';
import { connectionUrl } from './connection-url.js';
import type { DatabaseUse, OpenedResource, World } from './world.js';

export interface DirectWorldOptions {
  readonly moduleId: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  /** Implementations of services; the first that implements one is taken. */
  readonly services: readonly ServiceImplementation[];
  readonly logger: Logger;
  /** Creates and alters the tables of the module's entities when a database opens. Default: only the implicit development database. */
  readonly synchronize?: boolean | undefined;
}

/** The module by itself: connections from `DATABASE_URL`, `CACHE_URL` and their named forms, tokens from `PYWATT_JWT_*`. */
export class DirectWorld implements World<DirectDatabase, Cache> {
  readonly environment = 'direct';
  readonly moduleId: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  readonly #logger: Logger;
  readonly #synchronize: boolean | undefined;
  readonly #services: readonly ServiceImplementation[];
  readonly #credentialUsers = new Set<CredentialUser>();

  constructor(options: DirectWorldOptions) {
    this.moduleId = options.moduleId;
    this.env = options.env;
    this.secrets = options.secrets;
    this.#logger = options.logger;
    this.#synchronize = options.synchronize;
    this.#services = options.services;
  }

  /** What logs in, or signs, with a secret and is open. */
  get credentialUsers(): readonly CredentialUser[] {
    return [...this.#credentialUsers];
  }

  async openDatabase(name: string, { entities, migrations }: DatabaseUse): Promise<OpenedResource<DirectDatabase>> {
    const { variable, url } = connectionUrl('DATABASE', name, this.env);
    const isImplicit = url === undefined;
    const value = await openDatabase({
      url: url ?? this.#developmentUrl(variable, name),
      name,
      entities,
      migrations,
      synchronize: this.#synchronize ?? (isImplicit || this.env['PYWATT_DATABASE_SYNCHRONIZE'] === 'true'),
      logger: this.#logger,
    });
    const why = isImplicit ? `${variable} is not set: the default outside production` : variable;
    return { value, source: 'direct', description: value.description, why, close: () => value.close() };
  }

  async openCache(name: string): Promise<OpenedResource<Cache>> {
    const { variable, url } = connectionUrl('CACHE', name, this.env);
    const value = await openCache({ url: url ?? 'memory:', name, logger: this.#logger });
    const why = url === undefined ? `${variable} is not set: the default` : variable;
    return { value, source: 'direct', description: value.description, why, close: () => value.close() };
  }

  async openJwt(): Promise<OpenedResource<Jwt>> {
    const { openDirectJwt } = await import('./direct-jwt.js');
    const { ring, ...opened } = await openDirectJwt(this.env, this.secrets);
    this.#credentialUsers.add(ring);
    const close = () => {
      this.#credentialUsers.delete(ring);
      return opened.close();
    };
    return { ...opened, close };
  }

  implementsService(): boolean {
    return true;
  }

  async openService(service: ServiceContract): Promise<OpenedResource<unknown>> {
    const implementation = this.#services.find((candidate) => candidate.service === service);
    // The check of the graph has seen to it; an implementation of another definition would have other operations.
    if (!implementation) throw new BootError('GRAPH_INVALID', `nothing here implements service '${service.id}'`);
    const { moduleId, env } = this;
    const { client, close } = await openDirectService(implementation, { moduleId, env, logger: this.#logger });
    return { value: client, source: 'direct', description: 'in this process', why: implementation.origin, close };
  }

  #developmentUrl(variable: string, name: string): string {
    if (this.env['NODE_ENV'] === 'production') {
      throw new BootError(
        'CONFIG_INVALID',
        `database '${name}' of module '${this.moduleId}' has no address and NODE_ENV is production; set ${variable}, for example ${variable}=sqlite:./data.db`,
      );
    }
    return `sqlite:./.pywatt/${this.moduleId}${name === 'default' ? '' : `.${name}`}.db`;
  }
}
