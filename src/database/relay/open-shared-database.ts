import type { DirectDatabase } from '../direct-database.js';
import { openServerEngine } from '../open-server-engine.js';
import { givingUpIdle } from './give-up-idle.js';
import { openLocalPipe } from './local-pipe.js';
import type { RelayedDatabase } from './open-relay.js';
import { RelayedStream } from './relayed-stream.js';

export interface SharedDatabaseOptions {
  readonly name: string;
  /** The owner of its connections. */
  readonly moduleId: string;
  readonly relayed: RelayedDatabase;
  /** Of a statement that names none. */
  readonly statementTimeoutMs: number;
}

const closeTimeoutMs = 5_000;
/** Of which the pool may use its own acquire timeout first. */
const connectTimeoutMs = 30_000;

/**
 * A relayed database for the orchestrator itself, which answers a module that cannot run a driver: over connections of the
 * pool, within the limits of that module. Rejects as `openDatabase`.
 */
export async function openSharedDatabase(options: SharedDatabaseOptions): Promise<DirectDatabase> {
  const { name, moduleId, relayed, statementTimeoutMs } = options;
  const { broker, engine, description } = relayed;
  const { connections, acquireTimeoutMs } = broker.limitsOf(moduleId);
  const open = () =>
    new RelayedStream((receiver) =>
      openLocalPipe(receiver, (openPipe) => void broker.open(moduleId, openPipe, moduleId)),
    );
  const source = { kind: 'stream', open, description, isSingleConnection: false } as const;
  const pool = { max: connections, idleTimeoutMs: relayed.idleTimeoutMs, connectTimeoutMs };
  await broker.prove(moduleId);
  const { openServerDatabase } = await import('../typeorm/server-database.js');
  const server = await openServerEngine(engine, source, name, pool);
  return openServerDatabase({
    name,
    engine: givingUpIdle(server, (signal) => broker.wanted(moduleId, signal)),
    entities: [],
    migrations: [],
    typeorm: {},
    synchronize: false,
    statementTimeoutMs,
    pool: { max: connections, acquireTimeoutMs, closeTimeoutMs },
  });
}
