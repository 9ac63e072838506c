import type { Cache } from '../cache/index.js';
import type { Class } from '../container/index.js';
import type { Database } from '../database/index.js';
import { isJsonObject, type Logger } from '../foundation/index.js';
import type { SecretSource } from '../secrets/index.js';
import { openProxiedService, type ServiceContract, type ServiceImplementation } from '../services/index.js';
import type { ModuleSession } from '../wire/index.js';
import type { DirectWorld } from './direct-world.js';
import { WireSecretSource } from './wire-secret-source.js';
import type { OpenedResource, World } from './world.js';

/** The module under an orchestrator, which holds every connection and credential, but for what it granted as direct. */
export class ProxiedWorld implements World<Database, Cache> {
  readonly environment = 'proxied';
  readonly moduleId: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  readonly #session: ModuleSession;
  readonly #openDirectWorld: () => Promise<DirectWorld>;
  #directWorld: Promise<DirectWorld> | undefined;

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
    this.#openDirectWorld = async () => {
      const { DirectWorld } = await import('./direct-world.js');
      return new DirectWorld({ moduleId, env: this.env, secrets, services, logger });
    };
  }

  connectsTo(database: string): boolean {
    return this.#isGrantedDirect('databases', database);
  }

  async openDatabase(name: string, entities: readonly Class[]): Promise<OpenedResource<Database>> {
    if (this.#isGrantedDirect('databases', name))
      return this.#granted(await (await this.#direct()).openDatabase(name, entities));
    const { openProxiedDatabase } = await import('./open-proxied-database.js');
    return openProxiedDatabase(this.#session, name, this.#why(), entities);
  }

  async openCache(name: string): Promise<OpenedResource<Cache>> {
    if (this.#isGrantedDirect('caches', name)) return this.#granted(await (await this.#direct()).openCache(name));
    const { openProxiedCache } = await import('./open-proxied-cache.js');
    return openProxiedCache(this.#session, name, this.#why());
  }

  implementsService(id: string): boolean {
    return this.#isGrantedDirect('services', id);
  }

  async openService(service: ServiceContract): Promise<OpenedResource<unknown>> {
    if (this.implementsService(service.id)) return this.#granted(await (await this.#direct()).openService(service));
    const type = { Custom: service.id };
    const { client, close } = await openProxiedService(service, () => this.#session.openService(type, 'default'));
    return { value: client, source: 'proxied', description: 'service of the orchestrator', why: this.#why(), close };
  }

  #direct(): Promise<DirectWorld> {
    return (this.#directWorld ??= this.#openDirectWorld());
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
