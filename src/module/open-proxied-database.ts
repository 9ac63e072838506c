import type { Class } from '../container/index.js';
import {
  type Database,
  LazyDatabase,
  openRelayedDatabase,
  ProxiedDatabase,
  relayedEngineOf,
} from '../database/index.js';
import type { ModuleSession, ServiceConnection } from '../wire/index.js';
import type { OpenedResource } from './world.js';

/** A database that the orchestrator holds. Loaded by the first module that has one; TypeORM by the first that uses it. */
export async function openProxiedDatabase(
  session: ModuleSession,
  name: string,
  why: string,
  entities: readonly Class[] = [],
): Promise<OpenedResource<Database>> {
  const connection = await session.openService('Database', name);
  const value = (await relayedDatabase(session, name, connection, entities)) ?? new ProxiedDatabase(name, connection);
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

/** undefined for an engine whose statements go over the wire one by one. */
async function relayedDatabase(
  session: ModuleSession,
  name: string,
  connection: ServiceConnection,
  entities: readonly Class[],
): Promise<Database | undefined> {
  const engine = relayedEngineOf({ connection });
  const { streams } = session;
  if (engine === undefined || streams === undefined) return undefined;
  const openPipe = streams.pipe.bind(streams);
  const relay = { name, engine, connection, openPipe };
  // What is injected of TypeORM itself has to be there.
  if (entities.length > 0) return openRelayedDatabase({ ...relay, entities });
  const open = () => openRelayedDatabase({ ...relay, ownsConnection: false });
  return new LazyDatabase({ name, type: engine, open, closeConnection: () => connection.close() });
}
