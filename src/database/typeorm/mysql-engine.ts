import type { Duplex } from 'node:stream';
import type mysqlPackage from 'mysql2';
import type { Connection, PoolConnection, ResultSetHeader } from 'mysql2';
import { Deferred, settlesWithin, withDeadline } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import type { SqlValue } from '../database.js';
import { loadDriver } from '../load-driver.js';
import { mysqlLoginOf } from '../server/mysql-login.js';
import { mysqlParameter, placeholdersIn } from '../server/mysql-parameters.js';
import { mysqlTypeCast } from '../server/mysql-types.js';
import {
  cancelDeadlineMs,
  type PoolSettings,
  type ServerConnection,
  type ServerEngine,
  type ServerResult,
} from '../server/server-engine.js';
import { hearOfEnd, throwIfEnded } from '../server/left-idle.js';
import { clientInteractionTimeout, mysqlError } from '../server/server-errors.js';
import { endingStreams, mysqlPools, withOpenPools } from './mysql-pools.js';
import { describeServer, type ServerAddress, type ServerDialect } from '../server/server-url.js';

/** How mysql2 reaches a server: by its address, or over streams of somebody else's that need no password. */
export type MysqlSource =
  | { readonly kind: 'server'; readonly address: ServerAddress }
  | {
      readonly kind: 'stream';
      readonly open: () => Duplex;
      readonly description: string;
      readonly dialect?: ServerDialect | undefined;
      readonly database?: string | undefined;
    };

type Mysql = typeof mysqlPackage;

const rowsAtOnce = 100;
const drainMs = 5_000;
/** ER_NET_PACKET_TOO_LARGE */
const tooLarge = 1153;

/** MySQL and MariaDB by mysql2. Throws CONFIGURATION when the package is missing. */
export async function mysqlEngine(source: MysqlSource, name: string, pool: PoolSettings): Promise<ServerEngine> {
  const mysql2 = await loadDriver<Mysql>(() => import('mysql2'), 'mysql2', name);
  const { database } = source.kind === 'server' ? source.address : source;
  const login = {
    ...(source.kind === 'server'
      ? mysqlLoginOf(source.address)
      : { stream: source.open, user: 'relayed', password: '' }),
    connectTimeout: pool.connectTimeoutMs,
    charset: 'utf8mb4',
    // It would have the server read files of this process.
    flags: ['-LOCAL_FILES'],
  };
  const driver = endingStreams(mysql2);
  const open = source.kind === 'stream' ? withOpenPools(driver) : undefined;
  return {
    type: 'mysql',
    description: source.kind === 'server' ? describeServer(source.address) : source.description,
    isSingleConnection: false,
    options: {
      type: (source.kind === 'server' ? source.address.dialect : source.dialect) ?? 'mysql',
      driver: open?.driver ?? driver,
      ...(database !== undefined && { database }),
      charset: 'utf8mb4',
      timezone: 'Z',
      connectTimeout: pool.connectTimeoutMs,
      // A stream that is logged in has no TLS, whatever a program says.
      extra: {
        ...(source.kind === 'stream' && { ssl: undefined }),
        ...login,
        connectionLimit: pool.max,
        maxIdle: pool.max,
        idleTimeout: pool.idleTimeoutMs,
      },
    },
    connectionOf: async (runner) =>
      new MysqlConnection((await runner.connect()) as PoolConnection, () => mysql2.createConnection(login)),
    begin: (isolation, readOnly) => [
      ...(isolation === undefined ? [] : [`SET TRANSACTION ISOLATION LEVEL ${isolation.toUpperCase()}`]),
      readOnly ? 'START TRANSACTION READ ONLY' : 'START TRANSACTION',
    ],
    readOnly: (inTransaction) =>
      inTransaction ? undefined : { before: 'START TRANSACTION READ ONLY', after: 'ROLLBACK' },
    errorOf: mysqlError,
    ...(open && { closeUnused: open.closeUnused }),
    ...(source.kind === 'server' && { swap: mysqlPools(login) }),
    close: async () => undefined,
  };
}

class MysqlConnection implements ServerConnection {
  readonly #connection: PoolConnection;
  readonly #connect: () => Connection;

  constructor(connection: PoolConnection, connect: () => Connection) {
    this.#connection = connection;
    this.#connect = connect;
    hearOfEnd(connection, clientInteractionTimeout);
  }

  async run(sql: string, params: readonly SqlValue[]): Promise<ServerResult> {
    throwIfEnded(this.#connection);
    const answer = await new Promise<unknown>((resolve, reject) => {
      this.#connection.query(queryOf(sql, params), (error, rows) => {
        // The server closes a connection that sent more than it takes.
        if (error?.errno === tooLarge) this.#connection.destroy();
        if (error) reject(error);
        else resolve(rows);
      });
    });
    if (Array.isArray(answer)) return { rows: rowsIn(answer), affected: 0 };
    return { rows: [], affected: (answer as ResultSetHeader).affectedRows };
  }

  async *stream(sql: string, params: readonly SqlValue[]): AsyncGenerator<Record<string, unknown>> {
    const query = this.#connection.query(queryOf(sql, params));
    let isOver = false;
    const over = new Deferred<void>();
    const onOver = (): void => {
      isOver = true;
      over.resolve();
    };
    query.once('end', onOver).once('error', onOver);
    this.#connection.once('error', onOver).once('end', onOver);
    const rows = query.stream({ highWaterMark: rowsAtOnce });
    try {
      yield* rows as AsyncIterable<Record<string, unknown>>;
    } finally {
      if (!isOver) await this.#drain(over.promise);
      this.#connection.off('error', onOver).off('end', onOver);
    }
  }

  /** The server is told to stop, and what it has sent by then is read, as the connection is of no use before. */
  async #drain(ended: Promise<void>): Promise<void> {
    await this.cancel().catch(() => this.destroy());
    this.#connection.resume();
    if (!(await settlesWithin(ended, drainMs))) await this.destroy();
  }

  async cancel(): Promise<void> {
    const other = this.#connect();
    const killed = new Promise<void>((resolve, reject) => {
      other.on('error', reject);
      other.query(`KILL QUERY ${this.#connection.threadId}`, (error) => (error ? reject(error) : resolve()));
    });
    const late = () => new Error(`a statement could not be ended within ${cancelDeadlineMs} ms`);
    try {
      await withDeadline(killed, cancelDeadlineMs, late);
    } finally {
      other.destroy();
    }
  }

  /** mysql2 alone would end what it writes and go on waiting for the answer. */
  async destroy(): Promise<void> {
    const { stream } = this.#connection as unknown as { readonly stream: Duplex };
    const lost = new Error('Connection lost: it was given up');
    stream.destroy(Object.assign(lost, { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }));
    if (!stream.closed) await new Promise<void>((resolve) => stream.once('close', resolve));
    this.#connection.destroy();
  }
}

function queryOf(sql: string, params: readonly SqlValue[]) {
  const expected = placeholdersIn(sql);
  if (expected !== params.length) {
    const message = `the statement has ${expected} placeholders and ${params.length} parameters were given`;
    throw new DatabaseError('QUERY', message, { details: { driverCode: 'ER_WRONG_ARGUMENTS' } });
  }
  return { sql, values: params.map(mysqlParameter), typeCast: mysqlTypeCast };
}

/** The rows of the last result that has some, where a text or a procedure gave several. */
function rowsIn(answer: unknown[]): Record<string, unknown>[] {
  const results = answer.filter((part): part is Record<string, unknown>[] => Array.isArray(part));
  return results.at(-1) ?? (answer as Record<string, unknown>[]);
}
