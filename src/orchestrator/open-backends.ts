import { CacheBroker, type CacheStore, openCacheStore } from '../cache/index.js';
import { DatabaseBroker, type DirectDatabase, openDatabase, sqlitePathOf } from '../database/index.js';
import { type Logger, messageOf } from '../foundation/index.js';
import type { ServiceBroker } from '../wire/index.js';
import type { Closers } from './closers.js';
import { type ConfigProblem, configInvalid } from './config/config-problem.js';
import type { OrchestratorConfig } from './config/orchestrator-config.js';
import { LazyResources } from './lazy-resources.js';

/**
 * The databases and caches of a configuration, behind their brokers. Databases open when a module first asks for one.
 * Throws CONFIG_INVALID listing every cache and database that cannot be meant.
 */
export async function openBackends(
  config: OrchestratorConfig,
  logger: Logger,
  closers: Closers,
): Promise<ServiceBroker[]> {
  const problems: ConfigProblem[] = [];
  checkDatabases(config, problems);
  const caches = await openCaches(config, logger, closers, problems);
  if (problems.length > 0) throw configInvalid('the configuration', problems);
  const databases = openDatabases(config, logger);
  closers.add('the databases', () => databases.close());
  return [
    new CacheBroker((name) => caches.get(name), logger),
    new DatabaseBroker((name) => databases.get(name), logger),
  ];
}

/** A cache connects by itself when it is used, so all of them can be opened, and thereby checked, at once. */
async function openCaches(
  config: OrchestratorConfig,
  logger: Logger,
  closers: Closers,
  problems: ConfigProblem[],
): Promise<ReadonlyMap<string, CacheStore>> {
  const stores = new Map<string, CacheStore>();
  for (const [name, cache] of config.caches) {
    try {
      const store = await openCacheStore({ name, ...cache, logger });
      stores.set(name, store);
      closers.add(`cache '${name}'`, () => store.close());
    } catch (error) {
      problems.push({ path: ['caches', name], message: messageOf(error) });
    }
  }
  return stores;
}

function checkDatabases(config: OrchestratorConfig, problems: ConfigProblem[]): void {
  for (const [name, { url }] of config.databases) {
    try {
      sqlitePathOf(url, name);
    } catch (error) {
      problems.push({ path: ['databases', name, 'url'], message: messageOf(error) });
    }
  }
}

function openDatabases(config: OrchestratorConfig, logger: Logger): LazyResources<DirectDatabase> {
  return new LazyResources(async (name) => {
    const { url } = config.databases.get(name)!;
    try {
      return await openDatabase({ url, name, logger });
    } catch (error) {
      logger.error('a database could not be opened', { database: name, error });
      throw error;
    }
  });
}
