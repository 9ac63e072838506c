import type { Duplex } from 'node:stream';
import type { Client, ClientConfig } from 'pg';
import { Deferred, withDeadline } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { LoginFailure } from '../relay/login-failure.js';
import type { LivePassword } from '../server/live-password.js';
import { withoutTls } from '../server/postgres-login.js';
import type { Backend, SessionParameters } from '../relay/relay-engine.js';
import { type CancelTarget, requestCancel } from './cancel-request.js';
import { FrameWalker } from './frame-walker.js';
import { loadPg } from './load-pg.js';
import { frameType, otherFields, query, terminate } from './postgres-frames.js';
import { isOfParameter } from './sql-state.js';
import { optionsOf } from './startup-parameters.js';

export interface PostgresAddress {
  /** The name in the configuration, for messages. */
  readonly name: string;
  /** How pg logs in. */
  readonly login: ClientConfig;
  /** How an engine in this process is reached; asked at each login. */
  readonly openStream?: () => Promise<Duplex>;
  /** Instead of the one in `login`. */
  readonly password?: LivePassword;
  /** For a login, a reset and a request to cancel. */
  readonly deadlineMs: number;
}

/** What is used of pg beyond its documented surface. */
interface LoggedIn extends CancelTarget {
  readonly connection: {
    /** Replaced by TLS during the login. */
    readonly stream: Duplex;
    on(event: string, listener: (message: { parameterName: string; parameterValue: string }) => void): void;
  };
}

export interface PostgresLogin {
  readonly backend: Backend;
  /** What the server said of the new session. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Logs in with pg and takes its socket. Rejects with CONNECTION or CONFIGURATION, without the password. */
export function connectPostgresBackend(
  address: PostgresAddress,
  parameters: SessionParameters,
): Promise<PostgresLogin> {
  if (address.password === undefined) return logIn(address, parameters);
  return address.password.logIn((password) => logIn(withPassword(address, password), parameters));
}

/** Logs in with that password alone, and leaves. */
export async function probePostgres(address: PostgresAddress, password: string): Promise<void> {
  const { backend } = await logIn(withPassword(address, password), {});
  backend.destroy();
}

function withPassword(address: PostgresAddress, password: string): PostgresAddress {
  return { ...address, login: { ...address.login, password } };
}

async function logIn(address: PostgresAddress, parameters: SessionParameters): Promise<PostgresLogin> {
  const client = await newClient(address, parameters);
  const { connection } = client as unknown as LoggedIn;
  const settings = new Map<string, string>();
  connection.on('parameterStatus', ({ parameterName, parameterValue }) => settings.set(parameterName, parameterValue));
  // What befalls the socket afterwards shows as 'close'; without a listener an error would end the process.
  client.on('error', () => undefined);
  try {
    await withDeadline(client.connect(), address.deadlineMs, () => new Error(`no login in ${address.deadlineMs} ms`));
  } catch (error) {
    connection.stream.destroy();
    throw loginFailure(address, parameters, error);
  }
  const { stream: socket } = connection;
  socket.removeAllListeners('data');
  return { backend: new PostgresBackend(address, parameters, client as unknown as LoggedIn, socket), settings };
}

async function newClient(address: PostgresAddress, parameters: SessionParameters): Promise<Client> {
  const driver = await loadPg(address.name);
  const stream = await address.openStream?.();
  const { options = '', application_name: ours } = address.login;
  const { application_name: name = ours, ...others } = parameters;
  return new driver.Client({
    ...address.login,
    ...(stream && { stream: () => stream, ...withoutTls }),
    ...(name !== undefined && { application_name: name }),
    options: [options, optionsOf(others)].filter((text) => text !== '').join(' '),
    connectionTimeoutMillis: address.deadlineMs,
  });
}

class PostgresBackend implements Backend {
  readonly parameters: SessionParameters;
  readonly processId: number;
  readonly socket: Duplex;
  readonly #address: PostgresAddress;
  readonly #client: LoggedIn;

  constructor(address: PostgresAddress, parameters: SessionParameters, client: LoggedIn, socket: Duplex) {
    this.#address = address;
    this.parameters = parameters;
    this.#client = client;
    this.processId = client.processID;
    this.socket = socket;
  }

  async cancel(): Promise<void> {
    await requestCancel(this.#client, await newClient(this.#address, {}), this.#address.deadlineMs);
  }

  async reset(): Promise<void> {
    const { deadlineMs } = this.#address;
    const { socket } = this;
    const reset = new Deferred<void>();
    const answer = readAnswer(
      () => reset.resolve(),
      () => reset.reject(this.#failure('a connection could not be reset')),
    );
    const lost = () => reset.reject(this.#failure('the connection was lost'));
    socket.on('data', answer).once('close', lost);
    socket.resume();
    socket.write(query('DISCARD ALL'));
    try {
      await withDeadline(reset.promise, deadlineMs, () => this.#failure('a connection could not be reset in time'));
    } finally {
      socket.off('data', answer).off('close', lost);
    }
  }

  destroy(): void {
    if (this.socket.destroyed) return;
    this.socket.write(terminate);
    this.socket.destroy();
  }

  #failure(what: string): DatabaseError {
    return new DatabaseError('CONNECTION', `database '${this.#address.name}': ${what}`);
  }
}

/** Takes the frames up to ReadyForQuery. */
function readAnswer(done: () => void, failed: () => void): (bytes: Buffer) => void {
  const walker = new FrameWalker({
    begin: (type) => {
      if (type === frameType('E')) failed();
      if (type === frameType('Z')) done();
      return 'drop';
    },
    part: () => undefined,
    end: () => false,
    pass: () => undefined,
  });
  return (bytes) => {
    try {
      walker.push(bytes);
    } catch {
      failed();
    }
  };
}

function loginFailure({ name }: PostgresAddress, parameters: SessionParameters, error: unknown): DatabaseError {
  const { code, message = String(error) } = error as { code?: unknown; message?: string };
  const state = typeof code === 'string' ? code : '';
  // A wrong password, role or database; all else is no answer, or none that the protocol knows.
  const isSettled = /^(28|3D|08004)/.test(state) || isOfParameter(state);
  // An address has none of its own, so whoever chose some gave the wrong one, and may read of it.
  const isTheirs = isOfParameter(state) && Object.keys(parameters).length > 0;
  const details = state === '' ? {} : { driverCode: state };
  const text = `database '${name}': the login failed: ${message}`;
  const told = isTheirs && { told: message, fields: otherFields(error as object) };
  return new LoginFailure(text, { isSettled, details, cause: error, ...told });
}
