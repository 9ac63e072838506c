import type { Logger } from '../../foundation/index.js';
import type { DataSourceSchema } from '../data-source-schema.js';
import type { DirectDatabase } from '../direct-database.js';
import { openServerEngine } from '../open-server-engine.js';
import { givingUpIdle } from './give-up-idle.js';
import { openLocalPipe } from './local-pipe.js';
import type { RelayedDatabase } from './open-relay.js';
import { loginTimeoutMs } from './relay-timeouts.js';
import { RelayedStream } from './relayed-stream.js';

export interface SharedDatabaseOptions extends Partial<DataSourceSchema> {
  readonly name: string;
  /** The owner of its connections. */
  readonly moduleId: string;
  readonly relayed: RelayedDatabase;
  /** Whether the relay is closed with the database, or when that cannot be opened. Default false. */
  readonly ownsRelay?: boolean;
  /** Of a statement that names none. */
  readonly statementTimeoutMs: number;
  /** How long `close` waits for what is still open. Default 5 s. */
  readonly closeTimeoutMs?: number;
  readonly logger?: Logger | undefined;
}

/**
 * A relayed database for this process itself: over connections of the pool, within the limits of that module. An
 * orchestrator so answers modules that cannot run a driver. Rejects as `openDatabase`.
 */
export async function openSharedDatabase(options: SharedDatabaseOptions): Promise<DirectDatabase> {
  const { relayed, ownsRelay = false } = options;
  try {
    return await open(options);
  } catch (error) {
    if (ownsRelay) await relayed.close();
    throw error;
  }
}

async function open({
  name,
  moduleId,
  relayed,
  ownsRelay = false,
  statementTimeoutMs,
  closeTimeoutMs = 5_000,
  entities = [],
  migrations = [],
  typeorm = {},
  synchronize = false,
  logger,
}: SharedDatabaseOptions): Promise<DirectDatabase> {
  const { broker, engine, description, isSingleConnection, idleTimeoutMs } = relayed;
  const { connections: max, acquireTimeoutMs } = broker.limitsOf(moduleId);
  const source = {
    kind: 'stream',
    open: () =>
      new RelayedStream((receiver) =>
        openLocalPipe(receiver, (openPipe) => void broker.open(moduleId, openPipe, moduleId)),
      ),
    description,
    isSingleConnection,
    ...(ownsRelay && { close: () => relayed.close() }),
  } as const;
  await relayed.start?.();
  await broker.prove(moduleId);
  const { openServerDatabase } = await import('../typeorm/server-database.js');
  const pool = { max, idleTimeoutMs, connectTimeoutMs: acquireTimeoutMs + loginTimeoutMs };
  const server = await openServerEngine(engine, source, name, pool);
  return openServerDatabase({
    name,
    engine: givingUpIdle(server, (signal) => broker.wanted(moduleId, signal)),
    entities,
    migrations,
    typeorm,
    synchronize,
    statementTimeoutMs,
    pool: { max, acquireTimeoutMs, closeTimeoutMs },
    logger,
  });
}
