import type { EntitySource, MigrationSource, TypeormOptions } from '../container/index.js';
import type { CredentialUser } from '../foundation/index.js';
import type { Jwt } from '../jwt/index.js';
import type { ModuleSecrets, SecretSource } from '../secrets/index.js';
import type { ServiceContract } from '../services/index.js';
import type { Environment } from './environment.js';

/** What a graph wants of one database. */
export interface DatabaseUse {
  readonly entities: readonly EntitySource[];
  readonly migrations: readonly MigrationSource[];
  readonly typeorm: TypeormOptions;
  /** Whether repositories, entities, migrations or a DataSource are used: what needs TypeORM in this process. */
  readonly usesTypeorm: boolean;
}

/** A database, cache, service or the `Jwt` that the world opened; whoever asked closes it. */
export interface OpenedResource<T> {
  readonly value: T;
  readonly source: 'direct' | 'proxied';
  readonly description: string;
  readonly why: string;
  close(): Promise<void>;
}

/** The secrets of a module without an orchestrator. */
export interface DirectSecrets {
  readonly source: SecretSource;
  /** From now on rotates the module to values that change. Left out where nothing can change. */
  follow?(moduleId: string, secrets: ModuleSecrets): Promise<FollowedChanges>;
}

/** The changes of secrets, where they are kept, that a module by itself follows until it ends them. */
export interface FollowedChanges {
  /** The secrets that have a value there which was refused: the one of before is in force. */
  readonly refused: readonly string[];
  /** Those that were deleted there: the module goes on with their last value. */
  readonly deleted: readonly string[];
  end(): Promise<void>;
}

/** Where a module's databases, caches, secrets and settings come from: its own process, or an orchestrator. */
export interface World<D, C> {
  readonly environment: Environment;
  readonly moduleId: string;
  /** Settings for config classes and direct connections. */
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  /** What in this process logs in, or signs, with a secret, and so takes part in its rotation. */
  readonly credentialUsers: readonly CredentialUser[];
  openDatabase(name: string, use: DatabaseUse): Promise<OpenedResource<D>>;
  openCache(name: string): Promise<OpenedResource<C>>;
  openJwt(): Promise<OpenedResource<Jwt>>;
  /** Whether this process itself implements that service; no I/O. */
  implementsService(id: string): boolean;
  openService(service: ServiceContract): Promise<OpenedResource<unknown>>;
}
