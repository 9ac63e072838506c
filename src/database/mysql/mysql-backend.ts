import { connect as connectSocket, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, Connection } from 'mysql2';
import { withDeadline } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { loadDriver } from '../load-driver.js';
import type { Backend, SessionParameters } from '../relay/relay-engine.js';
import type { MysqlAddress } from './mysql-address.js';
import { loginFailure } from './mysql-login-failure.js';
import { limitGreeting, loginOptions, parseGreeting, type RelayedGreeting } from './mysql-handshake.js';
import { commandPacket } from './mysql-packets.js';
import { MysqlResponse, responseHeadBytes } from './mysql-response.js';
import { PacketScanner, type PacketVisitor } from './packet-scanner.js';

/** What is used of mysql2. */
interface Driver {
  readonly createConnection: (this: void, options: ConnectionOptions) => Connection;
}

/** What is used of mysql2 beyond its documented surface: the stream it logged in over, which TLS replaces. */
interface LoggedIn {
  readonly stream: Duplex;
  readonly threadId: number;
  /** Whether it agreed on MariaDB's extended metadata; an older mysql2 does not know it. */
  readonly ['_mariadbExtendedMetadata']?: boolean;
}

const initDatabase = 0x02;
const query = 0x03;
const resetConnection = 0x1f;

interface MysqlLoggedIn {
  readonly backend: MysqlBackend;
  readonly greeting: RelayedGreeting;
}

/** Logs in with mysql2 and takes its socket; the greeting has the extensions they agreed on. Rejects with CONNECTION or CONFIGURATION, without the password. */
export function connectMysqlBackend(address: MysqlAddress, parameters: SessionParameters): Promise<MysqlLoggedIn> {
  if (address.password === undefined) return logInOnce(address, parameters);
  return address.password.logIn((password) => logInOnce(withPassword(address, password), parameters));
}

/** Logs in with that password alone, and leaves. */
export async function probeMysql(address: MysqlAddress, password: string): Promise<void> {
  const { backend } = await logInOnce(withPassword(address, password), {});
  backend.destroy();
}

function withPassword(address: MysqlAddress, password: string): MysqlAddress {
  return { ...address, login: { ...address.login, password } };
}

async function logInOnce(address: MysqlAddress, parameters: SessionParameters): Promise<MysqlLoggedIn> {
  const { name, login, deadlineMs } = address;
  const { createConnection } = await loadDriver<Driver>(() => import('mysql2'), 'mysql2', name);
  const socket = connectSocket(
    login.socketPath === undefined
      ? { host: login.host ?? 'localhost', port: login.port ?? 3306, noDelay: true, keepAlive: true }
      : { path: login.socketPath },
  );
  try {
    const work = logIn(address, parameters, socket, createConnection);
    return await withDeadline(work, deadlineMs, () =>
      Object.assign(new Error(`no login within ${deadlineMs} ms`), { code: 'ETIMEDOUT' }),
    );
  } catch (error) {
    socket.destroy();
    throw loginFailure(address, error);
  }
}

async function logIn(
  address: MysqlAddress,
  parameters: SessionParameters,
  socket: Socket,
  createConnection: Driver['createConnection'],
): Promise<MysqlLoggedIn> {
  const packet = await firstPacket(socket);
  const greeting = parseGreeting(packet.subarray(4));
  limitGreeting(packet, parameters);
  socket.unshift(packet);
  const connection = createConnection({
    ...address.login,
    ...loginOptions(parameters),
    connectTimeout: address.deadlineMs,
    stream: socket,
  });
  socket.resume();
  await new Promise<void>((resolve, reject) => {
    connection.once('error', reject);
    connection.connect((error) => (error === null ? resolve() : reject(error)));
  });
  if (greeting === undefined) throw new Error('the server speaks no protocol that mysql2 knows');
  const session = await sessionOf(connection);
  await new Promise<void>((resolve, reject) => {
    connection.query(session.settings, (error) => (error === null ? resolve() : reject(error)));
  });
  const loggedIn = connection as unknown as LoggedIn;
  const backend = new MysqlBackend(address, parameters, loggedIn, session);
  const isExtended = loggedIn['_mariadbExtendedMetadata'] === true;
  return {
    backend,
    greeting: { ...greeting, ...(!isExtended && { extendedCapabilities: 0 }), sqlMode: session.sqlMode },
  };
}

/** Waits for the server's first packet, an error or a greeting, and stops reading. */
function firstPacket(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const take = (bytes: Buffer): void => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 4 || received.length < 4 + received.readUIntLE(0, 3)) return;
      socket.pause();
      socket.off('data', take).off('close', ended);
      resolve(received);
    };
    const ended = (): void =>
      reject(Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' }));
    socket.on('data', take).once('close', ended).on('error', reject);
  });
}

/** What the server says of a session that begins. */
interface BegunSession {
  readonly sqlMode: string;
  /**
   * The statement that restores what the login set, which a reset forgets: character set, and settings by capabilities.
   * With it the server tells of each statement that changed its session, where it can (MySQL 5.7, MariaDB 10.2).
   */
  readonly settings: string;
  readonly maxPacketBytes: number;
}

function sessionOf(connection: Connection): Promise<BegunSession> {
  const sql =
    'SELECT @@character_set_client, @@collation_connection, QUOTE(@@sql_mode), @@wait_timeout, @@max_allowed_packet';
  return new Promise((resolve, reject) => {
    connection.query({ sql, rowsAsArray: true }, (error, rows) => {
      const [row] = (rows ?? []) as unknown as [string, string, string, number, number][];
      if (error !== null || row === undefined) return reject(error ?? new Error('the session has no settings'));
      const [characterSet, collation, mode, waitTimeout, maxPacketBytes] = row;
      const settings = `SET NAMES ${characterSet} COLLATE ${collation}, ${tracking} sql_mode = ${mode}, wait_timeout = ${waitTimeout}`;
      resolve({ sqlMode: mode, settings, maxPacketBytes });
    });
  });
}

const tracking = '/*!50704 session_track_state_change = 1, *//*M!100202 session_track_state_change = 1, */';

class MysqlBackend implements Backend {
  readonly parameters: SessionParameters;
  readonly socket: Duplex;
  readonly processId: number;
  readonly maxPacketBytes: number;
  readonly #address: MysqlAddress;
  readonly #settings: string;

  constructor(address: MysqlAddress, parameters: SessionParameters, connection: LoggedIn, session: BegunSession) {
    this.#address = address;
    this.parameters = parameters;
    this.socket = connection.stream;
    this.processId = connection.threadId;
    this.maxPacketBytes = session.maxPacketBytes;
    this.#settings = session.settings;
    for (const event of ['data', 'end', 'close', 'error']) this.socket.removeAllListeners(event);
    // What befalls it shows as 'close'; without a listener an error would end the process.
    this.socket.on('error', () => {});
  }

  async cancel(): Promise<void> {
    const backend = await this.#other();
    try {
      await backend.ask('a statement could not be ended', commandPacket(query, `KILL QUERY ${this.processId}`));
    } finally {
      backend.destroy();
    }
  }

  /** Without waiting for a password that the server takes. */
  async #other(): Promise<MysqlBackend> {
    const password = await this.#address.password?.current();
    const address = password === undefined ? this.#address : withPassword(this.#address, password);
    return (await logInOnce(address, {})).backend;
  }

  async reset(): Promise<void> {
    await this.ask(
      'a connection could not be reset',
      commandPacket(resetConnection),
      commandPacket(query, this.#settings),
      // A reset leaves the database that USE chose.
      commandPacket(initDatabase, this.#address.login.database),
    );
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Sends commands that are answered with OK, and waits for it. */
  async ask(what: string, ...packets: readonly Uint8Array[]): Promise<void> {
    const { name, deadlineMs } = this.#address;
    const failure = (why: string): DatabaseError =>
      new DatabaseError('CONNECTION', `database '${name}': ${what}: ${why}`);
    const oks = new ExpectedOks(packets.length);
    const take = (bytes: Uint8Array): void => oks.take(bytes);
    const closed = (): void => oks.fail('the connection was lost');
    this.socket.on('data', take).once('close', closed);
    if (this.socket.destroyed) closed();
    this.socket.resume();
    this.socket.write(Buffer.concat(packets));
    try {
      const why = await withDeadline(oks.done, deadlineMs, () => failure(`no answer within ${deadlineMs} ms`));
      if (why !== undefined) throw failure(why);
    } finally {
      this.socket.off('data', take).off('close', closed);
    }
  }
}

/** Settles once so many commands were answered; with a text when one was refused. */
class ExpectedOks implements PacketVisitor {
  readonly done: Promise<string | undefined>;
  readonly #scanner = new PacketScanner(responseHeadBytes);
  #missing: number;
  #isOk = false;
  #settle: (why?: string) => void = () => {};

  constructor(count: number) {
    this.#missing = count;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  take(bytes: Uint8Array): void {
    this.#scanner.scan(bytes, this);
  }

  fail(why: string): void {
    this.#settle(why);
  }

  begin(bytes: Uint8Array, offset: number, length: number): void {
    const response = new MysqlResponse('single');
    this.#isOk = response.next(bytes, offset, length) && !response.failed && !response.invalid;
  }

  end(): void {
    this.#missing -= 1;
    if (!this.#isOk) this.#settle('the server refused');
    else if (this.#missing === 0) this.#settle();
  }
}
