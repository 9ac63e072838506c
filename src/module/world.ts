import type { Class } from '../container/index.js';
import type { SecretSource } from '../secrets/index.js';
import type { ServiceContract } from '../services/index.js';
import type { Environment } from './environment.js';

/** A database, cache or service the world opened; whoever asked closes it. */
export interface OpenedResource<T> {
  readonly value: T;
  readonly source: 'direct' | 'proxied';
  readonly description: string;
  readonly why: string;
  close(): Promise<void>;
}

/** Where a module's databases, caches, secrets and settings come from: its own process, or an orchestrator. */
export interface World<D, C> {
  readonly environment: Environment;
  readonly moduleId: string;
  /** Settings for config classes and direct connections. */
  readonly env: NodeJS.ProcessEnv;
  readonly secrets: SecretSource;
  /** Whether this process itself connects to that database; no I/O. */
  connectsTo(database: string): boolean;
  openDatabase(name: string, entities: readonly Class[]): Promise<OpenedResource<D>>;
  openCache(name: string): Promise<OpenedResource<C>>;
  /** Whether this process itself implements that service; no I/O. */
  implementsService(id: string): boolean;
  openService(service: ServiceContract): Promise<OpenedResource<unknown>>;
}
