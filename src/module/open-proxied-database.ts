import { type Database, openRemoteDatabase, ProxiedDatabase } from '../database/index.js';
import type { ModuleSession } from '../wire/index.js';
import type { DatabaseUse, OpenedResource } from './world.js';

export interface ProxiedSchema extends DatabaseUse {
  readonly synchronize: boolean;
}

/** A database that the orchestrator holds. Loaded by the first module that has one; TypeORM by the first that uses it. */
export async function openProxiedDatabase(
  session: ModuleSession,
  name: string,
  why: string,
  schema: ProxiedSchema,
): Promise<OpenedResource<Database>> {
  const connection = await session.openService('Database', name);
  const value = schema.usesTypeorm
    ? await openRemoteDatabase(name, connection, schema)
    : new ProxiedDatabase(name, connection);
  return { value, source: 'proxied', description: value.description, why, close: () => value.close() };
}
