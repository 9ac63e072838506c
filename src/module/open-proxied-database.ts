import { type Database, ProxiedDatabase } from '../database/index.js';
import type { ModuleSession } from '../wire/index.js';
import type { OpenedResource } from './world.js';

/** A database that the orchestrator holds. Loaded by the first module that has one. */
export async function openProxiedDatabase(
  session: ModuleSession,
  name: string,
  why: string,
): Promise<OpenedResource<Database>> {
  const connection = await session.openService('Database', name);
  const value = new ProxiedDatabase(name, connection);
  // A plain orchestrator does not say which engine it is, and then `type` is not known either.
  const { description } = connection.info;
  return {
    value,
    source: 'proxied',
    description: typeof description === 'string' ? description : 'database',
    why,
    close: () => value.close(),
  };
}
