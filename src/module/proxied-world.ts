import type { Cache } from '../cache/index.js';
import type { Database } from '../database/index.js';
import { type CredentialUser, isJsonObject, type Logger } from '../foundation/index.js';
import type { Jwt } from '../jwt/index.js';
import type { SecretSource } from '../secrets/index.js';
import { openProxiedService, type ServiceContract, type ServiceImplementation } from '../services/index.js';
import type { OrchestratorSession } from './orchestrator-session.js';
import type { DirectWorld } from './direct-world.js';
import { WireSecretSource } from './wire-secret-source.js';
import type { DatabaseUse, OpenedResource, World } from './world.js';

export interface ProxiedWorldOptions {
  readonly session: OrchestratorSession;
  readonly env: NodeJS.ProcessEnv;
  readonly services: readonly ServiceImplementation[];
  readonly logger: Logger;
  /** Creates and alters the tables of the module's entities when a database opens. Default: `PYWATT_DATABASE_SYNCHRONIZE`. */
  readonly synchronize?: boolean | undefined;
}

/** The module under an orchestrator, which holds every connection and credential, but for what it granted as direct. */
export class ProxiedWorld implements World<Database, Cache> {
  readonly environment = 'proxied';
  readonly moduleId: string;
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  readonly #session: OrchestratorSession;
  readonly #logger: Logger;
  readonly #synchronize: boolean | undefined;
  readonly #openDirectWorld: () => Promise<DirectWorld>;
  #directWorld: Promise<DirectWorld> | undefined;
  #openDirect: DirectWorld | undefined;

  constructor({ session, env, services, logger, synchronize }: ProxiedWorldOptions) {
    this.moduleId = session.init.module_id;
    this.env = { ...env, ...session.init.env };
    this.#synchronize = synchronize;
    this.secrets = new WireSecretSource(session);
    this.#session = session;
    this.#logger = logger;
    const { moduleId, secrets } = this;
    this.#openDirectWorld = async () => {
      const { DirectWorld } = await import('./direct-world.js');
      const options = { moduleId, env: this.env, secrets, services, logger, synchronize: this.#synchronize };
      return (this.#openDirect = new DirectWorld(options));
    };
  }

  /** Of what the orchestrator granted as direct; the rest logs in over there. */
  get credentialUsers(): readonly CredentialUser[] {
    return this.#openDirect?.credentialUsers ?? [];
  }

  async openDatabase(name: string, use: DatabaseUse): Promise<OpenedResource<Database>> {
    if (this.#isGrantedDirect('databases', name))
      return this.#granted(await (await this.#direct()).openDatabase(name, use));
    const { openProxiedDatabase } = await import('./open-proxied-database.js');
    const schema = { ...use, synchronize: this.#synchronizes, logger: this.#logger };
    return openProxiedDatabase(this.#session, name, this.#why(), schema);
  }

  async openCache(name: string): Promise<OpenedResource<Cache>> {
    if (this.#isGrantedDirect('caches', name)) return this.#granted(await (await this.#direct()).openCache(name));
    const { openProxiedCache } = await import('./open-proxied-cache.js');
    return openProxiedCache(this.#session, name, this.#why(), this.#logger);
  }

  async openJwt(): Promise<OpenedResource<Jwt>> {
    const { openProxiedJwt } = await import('./open-proxied-jwt.js');
    return openProxiedJwt(this.#session, this.#why());
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

  get #synchronizes(): boolean {
    return this.#synchronize ?? this.env['PYWATT_DATABASE_SYNCHRONIZE'] === 'true';
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
