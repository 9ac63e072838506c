import {
  CacheBroker,
  CacheError,
  type CacheOptions,
  type CachePassword,
  type GivenCacheOptions,
  type SharedStore,
  openCacheStore,
} from '../cache/index.js';
import {
  DatabaseBroker,
  DatabaseError,
  type DirectDatabase,
  LivePassword,
  type ModuleLimits,
  openDatabase,
  openRelay,
  openSharedDatabase,
  type RelayedDatabase,
} from '../database/index.js';
import type { CredentialUser, LogFields, Logger } from '../foundation/index.js';
import type { SecretStore } from '../secrets/index.js';
import type { ServiceBroker } from '../wire/index.js';
import type { Closers } from './closers.js';
import type { OrchestratorConfig } from './config/orchestrator-config.js';
import { nearGrants } from './near-grants.js';
import { LazyResources, type Resource } from './lazy-resources.js';
import { openJwt } from './open-jwt.js';
import { requiredSecret, type SecretNeed } from './required-secret.js';
import type { PreviousValues } from './rotations/previous-values.js';

/** How long a plain operation may take that names no timeout, where the configuration does not limit it. */
const defaultStatementMs = 30_000;

/** What a configuration names, opened. */
export interface Backends {
  readonly brokers: readonly ServiceBroker[];
  /** What takes part in the rotation of a secret because it logs in, or signs, with it. */
  readonly credentialUsers: readonly CredentialUser[];
}

/**
 * The databases, caches and tokens of a configuration, behind their brokers. Databases open when a module first asks for
 * one.
 */
export async function openBackends(
  config: OrchestratorConfig,
  secrets: SecretStore,
  previous: PreviousValues,
  logger: Logger,
  closers: Closers,
  givenCaches: Readonly<Record<string, GivenCacheOptions>> = {},
): Promise<Backends> {
  const caches = await openCaches(config, givenCaches, secrets, logger, closers);
  const embedded = new LazyResources((name) => opened(openEmbedded(config, name, logger), { database: name }, logger));
  const relays = openRelays(config, secrets, logger);
  const ofModules = new LazyResources(async (name, moduleId) => {
    const [relayed, limits] = [relays.get(name), limitsOf(config, name, moduleId)];
    if (relayed) {
      const statementTimeoutMs = limits.statementTimeoutMs || defaultStatementMs;
      const opening = openSharedDatabase({ name, moduleId, relayed, statementTimeoutMs });
      return opened(opening, { database: name, module: moduleId }, logger);
    }
    // What has no relay is SQLite.
    return (await embedded.get(name)).forModule!(moduleId, limits, logger);
  });
  closeDatabases(embedded, ofModules, relays, closers);
  const jwt =
    config.jwt &&
    openJwt(config.jwt, secrets, previous, (moduleId) => config.modules.get(moduleId)?.jwt === 'sign', logger);
  const brokers = [
    new CacheBroker((name) => caches.get(name), logger, nearGrants(config.modules)),
    new DatabaseBroker(
      (name, moduleId) => ofModules.get(name, moduleId),
      logger,
      (name) => relays.get(name),
      (name, moduleId) => limitsOf(config, name, moduleId).idleInTransactionTimeoutMs,
    ),
    ...(jwt ? [jwt.broker] : []),
  ];
  const credentialUsers = [
    ...credentialUsersOf(config, relays),
    ...[...caches.values()].flatMap(({ credentialUsers = [] }) => credentialUsers),
    ...(jwt ? [jwt.ring] : []),
  ];
  return { brokers, credentialUsers };
}

/** What a module has of a server comes from its relay. */
function closeDatabases(
  embedded: Resource,
  ofModules: Resource,
  relays: ReadonlyMap<string, RelayedDatabase>,
  closers: Closers,
): void {
  for (const [name, relayed] of relays) closers.add(`the connections to database '${name}'`, () => relayed.close());
  closers.add('the databases', () => embedded.close());
  closers.add('the databases of modules', () => ofModules.close());
}

function credentialUsersOf(
  { databases }: OrchestratorConfig,
  relays: ReadonlyMap<string, RelayedDatabase>,
): CredentialUser[] {
  return [...databases].flatMap(([name, { passwordSecret: secret }]) => {
    const prepare = relays.get(name)?.prepare;
    return secret === undefined || prepare === undefined ? [] : [{ name: `database '${name}'`, secret, prepare }];
  });
}

/** A cache connects by itself when it is used, so all of them can be opened at once. */
async function openCaches(
  config: OrchestratorConfig,
  given: Readonly<Record<string, GivenCacheOptions>>,
  secrets: SecretStore,
  logger: Logger,
  closers: Closers,
): Promise<ReadonlyMap<string, SharedStore>> {
  const stores = new Map<string, SharedStore>();
  const open = async (options: CacheOptions) => {
    const store = await openCacheStore({ ...options, logger });
    stores.set(options.name, store);
    closers.add(`cache '${options.name}'`, () => store.close());
  };
  for (const [name, options] of Object.entries(given)) await open({ ...options, name });
  for (const [name, { passwordSecret, sentinelSecret, ...cache }] of config.caches) {
    if (stores.has(name)) continue;
    const passwordIn = (secret: string | undefined, whose: string): CachePassword | undefined => {
      if (secret === undefined) return undefined;
      const error: SecretNeed['error'] = (message, options) => new CacheError('CONFIGURATION', message, options);
      const need = { secret, use: `cache '${name}': ${whose} password`, error };
      return { secret, current: () => requiredSecret(secrets, need, logger) };
    };
    const password = passwordIn(passwordSecret, 'its');
    const sentinelPassword = passwordIn(sentinelSecret, "its sentinels'");
    await open({ name, ...cache, password, sentinelPassword });
  }
  return stores;
}

function limitsOf({ databases }: OrchestratorConfig, name: string, moduleId: string): ModuleLimits {
  const { modules, limits } = databases.get(name)!.pool;
  return modules.get(moduleId) ?? limits;
}

/** SQLite, whose engine is in this process or in processes of its own. */
function openEmbedded({ databases }: OrchestratorConfig, name: string, logger: Logger): Promise<DirectDatabase> {
  const { url, pool } = databases.get(name)!;
  const { acquireTimeoutMs, statementTimeoutMs } = pool.limits;
  return openDatabase({
    url,
    name,
    logger,
    maxConnections: pool.max,
    acquireTimeout: { milliseconds: acquireTimeoutMs },
    idleTimeout: { milliseconds: pool.idleTimeoutMs },
    ...(statementTimeoutMs === 0 ? {} : { statementTimeout: { milliseconds: statementTimeoutMs } }),
  });
}

async function opened<T>(opening: Promise<T>, facts: LogFields, logger: Logger): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    logger.error('a database could not be opened', { ...facts, error });
    throw error;
  }
}

/** Which log in, or start, when a module first connects. */
function openRelays(
  config: OrchestratorConfig,
  secrets: SecretStore,
  logger: Logger,
): ReadonlyMap<string, RelayedDatabase> {
  const relays = new Map<string, RelayedDatabase>();
  for (const [name, { url, passwordSecret, pool }] of config.databases) {
    const live =
      passwordSecret === undefined ? undefined : livePassword(passwordSecret, name, pool.limits, secrets, logger);
    const password = live === undefined ? {} : { password: live };
    const ofModule = (moduleId: string) => limitsOf(config, name, moduleId);
    const relayed = openRelay({ name, url, ...password, pool: { ...pool, limitsOf: ofModule }, logger });
    if (relayed) relays.set(name, relayed);
  }
  return relays;
}

function livePassword(
  secret: string,
  database: string,
  { acquireTimeoutMs: waitMs }: ModuleLimits,
  secrets: SecretStore,
  logger: Logger,
): LivePassword {
  const need: SecretNeed = {
    secret,
    use: `database '${database}': its password`,
    error: (message, options) => new DatabaseError('CONFIGURATION', message, options),
  };
  const read = () => requiredSecret(secrets, need, logger);
  return new LivePassword({ database, secret, read, waitMs });
}
