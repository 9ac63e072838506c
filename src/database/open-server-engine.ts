import type { PoolSettings, ServerEngine } from './server/server-engine.js';
import type { ServerEngineName } from './server/server-url.js';
import type { PostgresSource } from './typeorm/postgres-engine.js';

/** How a driver reaches a server: by its address, or over streams of somebody else's. */
export type ServerSource = PostgresSource;

/** Loads the driver of a server, and nothing of the other's. Rejects with CONFIGURATION when its package is missing. */
export async function openServerEngine(
  engine: ServerEngineName,
  source: ServerSource,
  name: string,
  pool: PoolSettings,
): Promise<ServerEngine> {
  return engine === 'postgres'
    ? (await import('./typeorm/postgres-engine.js')).postgresEngine(source, name, pool)
    : (await import('./typeorm/mysql-engine.js')).mysqlEngine(source, name, pool);
}
