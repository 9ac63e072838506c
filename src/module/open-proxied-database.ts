import {
  type Database,
  LazyDatabase,
  openRelayedDatabase,
  openRemoteDatabase,
  ProxiedDatabase,
  rebuildDatabaseError,
  relayedEngineOf,
} from '../database/index.js';
import { type Logger, PyWattError } from '../foundation/index.js';
import type { OpenPipe, ServiceConnection } from '../wire/index.js';
import type { OrchestratorSession } from './orchestrator-session.js';
import type { DatabaseUse, OpenedResource } from './world.js';

export interface ProxiedSchema extends DatabaseUse {
  readonly synchronize: boolean;
  readonly logger?: Logger;
}

/** A database that the orchestrator holds. Loaded by the first module that has one; TypeORM by the first that uses it. */
export async function openProxiedDatabase(
  session: OrchestratorSession,
  name: string,
  why: string,
  schema: ProxiedSchema,
): Promise<OpenedResource<Database>> {
  const connection = await session.openService('Database', name).catch((error: unknown) => {
    throw PyWattError.is(error) && error.family === 'database' ? rebuildDatabaseError(error, error) : error;
  });
  const { description } = connection.info;
  const value =
    (await relayedDatabase(session, name, connection, schema)) ??
    (schema.usesTypeorm ? await openRemoteDatabase(name, connection, schema) : new ProxiedDatabase(name, connection));
  // A plain orchestrator does not say what it is.
  const text = typeof description === 'string' ? description : 'held by the orchestrator';
  return { value, source: 'proxied', description: text, why, close: () => value.close() };
}

/** undefined for an engine whose statements go over the wire one by one. */
async function relayedDatabase(
  session: OrchestratorSession,
  name: string,
  connection: ServiceConnection,
  { usesTypeorm, ...schema }: ProxiedSchema,
): Promise<Database | undefined> {
  const engine = relayedEngineOf({ connection });
  const { streams } = session;
  if (engine === undefined || streams === undefined) return undefined;
  // Of the session there is then: a new orchestrator has another one.
  const openPipe: OpenPipe = (id, receiver) => (session.streams ?? streams).pipe(id, receiver);
  const relay = { name, engine, connection, openPipe };
  // What is injected of TypeORM itself has to be there.
  if (usesTypeorm) return openRelayedDatabase({ ...relay, ...schema });
  const open = () => openRelayedDatabase({ ...relay, ...schema, ownsConnection: false });
  return new LazyDatabase({ name, type: engine, open, closeConnection: () => connection.close() });
}
