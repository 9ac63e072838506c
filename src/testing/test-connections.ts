import type { ModuleGraph } from '../container/index.js';
import { connectionUrl, databaseNames, namesOf } from '../module/index.js';
import type { TestDirectory } from './test-directory.js';

export interface TestConnections {
  readonly databases: Record<string, { url: string }>;
  readonly caches: Record<string, { url: string }>;
  /** The same as variables, for a module that connects by itself. */
  readonly env: Record<string, string>;
}

/**
 * What a test connects to, in both worlds: the addresses in the test's env, else an SQLite file of its own for each
 * database and a memory cache of its own for each cache.
 */
export function testConnections(
  graph: ModuleGraph,
  env: Readonly<Record<string, string>>,
  directory: TestDirectory,
): TestConnections {
  const connections: TestConnections = { databases: {}, caches: {}, env: {} };
  for (const name of databaseNames(graph)) {
    const { variable, url = directory.databaseUrl(name) } = connectionUrl('DATABASE', name, env);
    connections.databases[name] = { url };
    connections.env[variable] = url;
  }
  for (const name of namesOf(graph, 'cache')) {
    const { variable, url = 'memory:' } = connectionUrl('CACHE', name, env);
    connections.caches[name] = { url };
    connections.env[variable] = url;
  }
  return connections;
}
