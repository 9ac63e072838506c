import type { DirectDatabase } from '../direct-database.js';
import { openServerEngine } from '../open-server-engine.js';
import { givingUpIdle } from './give-up-idle.js';
import { openLocalPipe } from './local-pipe.js';
import type { RelayedDatabase } from './open-relay.js';
import { RelayedStream } from './relayed-stream.js';

export interface SharedDatabaseOptions {
  readonly name: string;
  readonly relayed: RelayedDatabase;
  /** Of a statement that names none. */
  readonly statementTimeoutMs: number;
}

/** The owner of its connections in the pool, which the limits of no module are for. */
const owner = 'plain operations';
const closeTimeoutMs = 5_000;
/** Of which the pool may use its own acquire timeout first. */
const connectTimeoutMs = 30_000;

/**
 * A relayed database for the orchestrator itself, which answers peers that cannot run a driver: over connections that
 * it borrows from the same pool as the modules. Rejects as `openDatabase`.
 */
export async function openSharedDatabase(options: SharedDatabaseOptions): Promise<DirectDatabase> {
  const { name, relayed, statementTimeoutMs } = options;
  const { broker, engine, description } = relayed;
  const { connections, acquireTimeoutMs } = broker.limitsOf(owner);
  const open = () =>
    new RelayedStream((receiver) => openLocalPipe(receiver, (openPipe) => void broker.open(owner, openPipe, owner)));
  const source = { kind: 'stream', open, description, isSingleConnection: false } as const;
  const pool = { max: connections, idleTimeoutMs: relayed.idleTimeoutMs, connectTimeoutMs };
  await broker.prove(owner);
  const { openServerDatabase } = await import('../typeorm/server-database.js');
  const server = await openServerEngine(engine, source, name, pool);
  return openServerDatabase({
    name,
    engine: givingUpIdle(server, (signal) => broker.wanted(owner, signal)),
    entities: [],
    migrations: [],
    typeorm: {},
    synchronize: false,
    statementTimeoutMs,
    pool: { max: connections, acquireTimeoutMs, closeTimeoutMs },
  });
}
