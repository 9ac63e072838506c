import { CacheBroker, type CacheStore, openCacheStore } from '../cache/index.js';
import {
  DatabaseBroker,
  type DirectDatabase,
  openDatabase,
  openRelay,
  type RelayedDatabase,
} from '../database/index.js';
import type { CredentialUser, Logger } from '../foundation/index.js';
import type { SecretStore } from '../secrets/index.js';
import type { ServiceBroker } from '../wire/index.js';
import type { Closers } from './closers.js';
import type { OrchestratorConfig } from './config/orchestrator-config.js';
import { databasePassword } from './database-password.js';
import { LazyResources } from './lazy-resources.js';
import { openJwt } from './open-jwt.js';

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
  logger: Logger,
  closers: Closers,
): Promise<Backends> {
  const caches = await openCaches(config, logger, closers);
  const databases = openDatabases(config, secrets, logger);
  closers.add('the databases', () => databases.close());
  const relays = openRelays(config, secrets, databases, logger, closers);
  const jwt =
    config.jwt && openJwt(config.jwt, secrets, (moduleId) => config.modules.get(moduleId)?.jwt === 'sign', logger);
  const brokers = [
    new CacheBroker((name) => caches.get(name), logger),
    new DatabaseBroker(
      (name) => databases.get(name),
      logger,
      (name) => relays.get(name),
    ),
    ...(jwt ? [jwt.broker] : []),
  ];
  return { brokers, credentialUsers: jwt ? [jwt.ring] : [] };
}

/** A cache connects by itself when it is used, so all of them can be opened at once. */
async function openCaches(
  config: OrchestratorConfig,
  logger: Logger,
  closers: Closers,
): Promise<ReadonlyMap<string, CacheStore>> {
  const stores = new Map<string, CacheStore>();
  for (const [name, cache] of config.caches) {
    const store = await openCacheStore({ name, ...cache, logger });
    stores.set(name, store);
    closers.add(`cache '${name}'`, () => store.close());
  }
  return stores;
}

function openDatabases(
  config: OrchestratorConfig,
  secrets: SecretStore,
  logger: Logger,
): LazyResources<DirectDatabase> {
  return new LazyResources(async (name) => {
    const { url, passwordSecret, pool } = config.databases.get(name)!;
    try {
      const password =
        passwordSecret === undefined ? undefined : await databasePassword(secrets, passwordSecret, name, logger);
      const { acquireTimeoutMs, statementTimeoutMs } = pool.limits;
      return await openDatabase({
        url,
        name,
        logger,
        ...(password === undefined ? {} : { password }),
        maxConnections: pool.max,
        acquireTimeout: { milliseconds: acquireTimeoutMs },
        idleTimeout: { milliseconds: pool.idleTimeoutMs },
        ...(statementTimeoutMs === 0 ? {} : { statementTimeout: { milliseconds: statementTimeoutMs } }),
      });
    } catch (error) {
      logger.error('a database could not be opened', { database: name, error });
      throw error;
    }
  });
}

/** Which log in when a module first connects. */
function openRelays(
  config: OrchestratorConfig,
  secrets: SecretStore,
  databases: LazyResources<DirectDatabase>,
  logger: Logger,
  closers: Closers,
): ReadonlyMap<string, RelayedDatabase> {
  const relays = new Map<string, RelayedDatabase>();
  for (const [name, { url, passwordSecret, pool }] of config.databases) {
    const limitsOf = (moduleId: string) => pool.modules.get(moduleId) ?? pool.limits;
    const password =
      passwordSecret === undefined ? {} : { password: () => databasePassword(secrets, passwordSecret, name, logger) };
    const openStream = async () => (await databases.get(name)).openStream!;
    const relayed = openRelay({ name, url, ...password, pool: { ...pool, limitsOf }, logger, openStream });
    if (!relayed) continue;
    relays.set(name, relayed);
    closers.add(`the connections to database '${name}'`, () => relayed.broker.close());
  }
  return relays;
}
