import { type Cache, CacheError, type CachePassword, type GivenCacheOptions, openCache } from '../cache/index.js';
import { DatabaseError, type DirectDatabase, isServerUrl, LivePassword, openDatabase } from '../database/index.js';
import { BootError, type CredentialUser, type Logger } from '../foundation/index.js';
import type { Jwt } from '../jwt/index.js';
import type { SecretSource } from '../secrets/index.js';
import { openDirectService, type ServiceContract, type ServiceImplementation } from '../services/index.js';
import { connectionSetting, connectionUrl } from './connection-url.js';
import type { DatabaseUse, OpenedResource, World } from './world.js';

export interface DirectWorldOptions {
  readonly moduleId: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  /** Implementations of services; the first that implements one is taken. */
  readonly services: readonly ServiceImplementation[];
  /** Caches on clients of the program, by name; they come before the environment. */
  readonly caches?: Readonly<Record<string, GivenCacheOptions>> | undefined;
  readonly logger: Logger;
  /** Creates and alters the tables of the module's entities when a database opens. Default: only the implicit development database. */
  readonly synchronize?: boolean | undefined;
}

/** As the default of a pool: how long a query waits for a connection. */
const acquireTimeoutMs = 5_000;

/** The module by itself: connections from `DATABASE_URL`, `CACHE_URL` and their named forms, tokens from `PYWATT_JWT_*`. */
export class DirectWorld implements World<DirectDatabase, Cache> {
  readonly environment = 'direct';
  readonly moduleId: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  readonly #logger: Logger;
  readonly #synchronize: boolean | undefined;
  readonly #services: readonly ServiceImplementation[];
  readonly #caches: Readonly<Record<string, GivenCacheOptions>>;
  readonly #credentialUsers = new Set<CredentialUser>();

  constructor(options: DirectWorldOptions) {
    this.moduleId = options.moduleId;
    this.env = options.env;
    this.secrets = options.secrets;
    this.#logger = options.logger;
    this.#synchronize = options.synchronize;
    this.#services = options.services;
    this.#caches = options.caches ?? {};
  }

  /** What logs in, or signs, with a secret and is open. */
  get credentialUsers(): readonly CredentialUser[] {
    return [...this.#credentialUsers];
  }

  async openDatabase(
    name: string,
    { entities, migrations, typeorm }: DatabaseUse,
  ): Promise<OpenedResource<DirectDatabase>> {
    const { variable, url } = connectionUrl('DATABASE', name, this.env);
    const isImplicit = url === undefined;
    const password = this.#livePassword(name, url);
    const value = await openDatabase({
      url: url ?? this.#developmentUrl(variable, name),
      ...(password && { password }),
      name,
      entities,
      migrations,
      typeorm,
      synchronize: this.#synchronize ?? (isImplicit || this.env['PYWATT_DATABASE_SYNCHRONIZE'] === 'true'),
      logger: this.#logger,
    });
    const why = isImplicit ? `${variable} is not set: the default outside production` : variable;
    const user = value.prepare &&
      password && { name: `database '${name}'`, secret: password.secret, prepare: value.prepare };
    const close = this.#rotates(user ? [user] : [], () => value.close());
    return { value, source: 'direct', description: value.description, why, close };
  }

  async openCache(name: string): Promise<OpenedResource<Cache>> {
    if (Object.hasOwn(this.#caches, name)) {
      const given = await openCache({ ...this.#caches[name]!, name, logger: this.#logger });
      const { description } = given;
      return {
        value: given,
        source: 'direct',
        description,
        why: 'the program hands it in',
        close: () => given.close(),
      };
    }
    const { variable, url } = connectionUrl('CACHE', name, this.env);
    const password = this.#cachePassword(name, 'PASSWORD_SECRET', 'its');
    const sentinelPassword = this.#cachePassword(name, 'SENTINEL_SECRET', "its sentinels'");
    const value = await openCache({ url: url ?? 'memory:', name, logger: this.#logger, password, sentinelPassword });
    const why = url === undefined ? `${variable} is not set: the default` : variable;
    const close = this.#rotates(value.credentialUsers, () => value.close());
    return { value, source: 'direct', description: value.description, why, close };
  }

  async openJwt(): Promise<OpenedResource<Jwt>> {
    const { openDirectJwt } = await import('./direct-jwt.js');
    const { ring, ...opened } = await openDirectJwt(this.env, this.secrets);
    const close = this.#rotates([ring], () => opened.close());
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

  #cachePassword(
    name: string,
    setting: 'PASSWORD_SECRET' | 'SENTINEL_SECRET',
    whose: string,
  ): CachePassword | undefined {
    const { variable, value: secret } = connectionSetting('CACHE', name, setting, this.env);
    if (secret === undefined) return undefined;
    const use = `cache '${name}': ${whose} password`;
    const current = () => this.#required(secret, use, variable, (message) => new CacheError('CONFIGURATION', message));
    return { secret, current };
  }

  /** Undefined where no variable says that the password is a secret. */
  #livePassword(name: string, url: string | undefined): LivePassword | undefined {
    const { variable, value: secret } = connectionSetting('DATABASE', name, 'PASSWORD_SECRET', this.env);
    if (secret === undefined) return undefined;
    if (url === undefined || !isServerUrl(url)) {
      const message = `${variable} names the secret '${secret}', but database '${name}' is no server that one logs in to`;
      throw new BootError('CONFIG_INVALID', `${message}; set its URL to one, or leave ${variable} out`);
    }
    const use = `database '${name}': its password`;
    const read = () => this.#required(secret, use, variable, (message) => new DatabaseError('CONFIGURATION', message));
    return new LivePassword({ database: name, secret, read, waitMs: acquireTimeoutMs });
  }

  async #required(secret: string, use: string, variable: string, error: (message: string) => Error): Promise<string> {
    const found = await this.secrets.get(secret);
    if (found) return found.value;
    const places = this.secrets.placesOf(secret).join(', ');
    throw error(`${use}, secret '${secret}' (${variable}), was not found (looked for ${places})`);
  }

  /** Takes part in rotations from now on, until what it returns has closed it. */
  #rotates(users: readonly CredentialUser[], close: () => Promise<void>): () => Promise<void> {
    for (const user of users) this.#credentialUsers.add(user);
    return () => {
      for (const user of users) this.#credentialUsers.delete(user);
      return close();
    };
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
