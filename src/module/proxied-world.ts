import { type Cache, ProxiedCacheStore, StoreCache } from '../cache/index.js';
import type { Class } from '../container/index.js';
import { type Database, ProxiedDatabase } from '../database/index.js';
import { isJsonObject, type Logger } from '../foundation/index.js';
import type { SecretSource } from '../secrets/index.js';
import { openProxiedService, type ServiceContract, type ServiceImplementation } from '../services/index.js';
import type { ModuleSession } from '../wire/index.js';
import { DirectWorld } from './direct-world.js';
import { WireSecretSource } from './wire-secret-source.js';
import type { OpenedResource, World } from './world.js';

/** The module under an orchestrator, which holds every connection and credential, but for what it granted as direct. */
export class ProxiedWorld implements World<Database, Cache> {
  readonly environment = 'proxied';
  readonly moduleId: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  readonly #session: ModuleSession;
  readonly #direct: DirectWorld;

  constructor(
    session: ModuleSession,
    env: NodeJS.ProcessEnv,
    services: readonly ServiceImplementation[],
    logger: Logger,
  ) {
    this.moduleId = session.init.module_id;
    this.env = { ...env, ...session.init.env };
    this.secrets = new WireSecretSource(session);
    this.#session = session;
    const { moduleId, secrets } = this;
    this.#direct = new DirectWorld({ moduleId, env: this.env, secrets, services, logger });
  }

  connectsTo(database: string): boolean {
    return this.#isGrantedDirect('databases', database);
  }

  async openDatabase(name: string, entities: readonly Class[]): Promise<OpenedResource<Database>> {
    if (this.#isGrantedDirect('databases', name)) return this.#granted(await this.#direct.openDatabase(name, entities));
    const connection = await this.#session.openService('Database', name);
    const value = new ProxiedDatabase(name, connection);
    return {
      value,
      source: 'proxied',
      // A plain orchestrator does not say which engine it is, and then `type` is not known either.
      description: describeInfo(connection.info['description'], 'database'),
      why: this.#why(),
      close: () => value.close(),
    };
  }

  async openCache(name: string): Promise<OpenedResource<Cache>> {
    if (this.#isGrantedDirect('caches', name)) return this.#granted(await this.#direct.openCache(name));
    const connection = await this.#session.openService('Cache', name);
    const value = new StoreCache(new ProxiedCacheStore(name, connection));
    return {
      value,
      source: 'proxied',
      description: describeInfo(connection.info['description'], 'cache'),
      why: this.#why(),
      close: () => value.close(),
    };
  }

  implementsService(id: string): boolean {
    return this.#isGrantedDirect('services', id);
  }

  async openService(service: ServiceContract): Promise<OpenedResource<unknown>> {
    if (this.implementsService(service.id)) return this.#granted(await this.#direct.openService(service));
    const type = { Custom: service.id };
    const { client, close } = await openProxiedService(service, () => this.#session.openService(type, 'default'));
    return { value: client, source: 'proxied', description: 'service of the orchestrator', why: this.#why(), close };
  }

  #isGrantedDirect(kind: 'databases' | 'caches' | 'services', name: string): boolean {
    const grants = this.#session.init.grants?.[kind];
    return isJsonObject(grants) && grants[name] === 'direct';
  }

  #granted<T>(opened: OpenedResource<T>): OpenedResource<T> {
    return { ...opened, why: `granted as direct by the orchestrator (${opened.why})` };
  }

  #why(): string {
    return 'held by the orchestrator';
  }
}

function describeInfo(description: unknown, fallback: string): string {
  return typeof description === 'string' ? description : fallback;
}
