import type { ServiceConnection } from '../wire/index.js';
import { DatabaseCaller, defaultTimeoutMs } from './database-caller.js';
import type { DataSourceSchema } from './data-source-schema.js';
import { DatabaseError } from './database-error.js';
import type { TypeormDatabase } from './direct-database.js';

type RemoteDatabase = TypeormDatabase & { readonly description: string };

/**
 * A database that the orchestrator holds, with TypeORM in this process. Owns the connection. Rejects with CONFIGURATION
 * when the orchestrator cannot carry TypeORM for its engine.
 */
export async function openRemoteDatabase(
  name: string,
  connection: ServiceConnection,
  schema: DataSourceSchema,
): Promise<RemoteDatabase> {
  const { engine, description } = connection.info;
  try {
    if (!connection.typedValues || engine !== 'sqlite') throw notCarried(name, engine);
    const [{ openRemoteSqliteDatabase }, { RemoteSqliteSessions }] = await Promise.all([
      import('./typeorm/sqlite-database.js'),
      import('./sqlite/remote-sqlite-session.js'),
    ]);
    return await openRemoteSqliteDatabase({
      ...schema,
      name,
      description: typeof description === 'string' ? description : 'held by the orchestrator',
      statementTimeoutMs: defaultTimeoutMs,
      sessions: new RemoteSqliteSessions(new DatabaseCaller(name, connection)),
    });
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

function notCarried(name: string, engine: unknown): DatabaseError {
  const held =
    typeof engine === 'string' ? `a ${engine} database of this orchestrator` : 'held by a plain orchestrator';
  return new DatabaseError(
    'CONFIGURATION',
    `database '${name}' is ${held}, which carries no TypeORM: use Database.query and Database.transaction, or let it be granted as direct`,
  );
}
