import { type JsonObject, type Logger, WireError } from '../foundation/index.js';
import type { CallUnderWay } from './calls-under-way.js';
import { encodeError } from './error-frame.js';
import { isWireObject, type WireJson } from './json/wire-json.js';
import type { OrchestratorMessage, ServiceOperationMessage, ServiceRequestMessage } from './messages.js';
import type { ServiceConnection } from './service.js';

export interface ServedConnectionsOptions {
  readonly redact: (text: string) => string;
  readonly logger: Logger;
}

/** What the module is told of a connection it may use. */
export interface OpenedConnection {
  readonly id: string;
  readonly info: JsonObject;
}

const maxConnections = 1_000;

/** The service connections one module holds on the orchestrator. Closing gives back everything it still held. */
export class ServedConnections {
  readonly #options: ServedConnectionsOptions;
  readonly #open = new Map<string, ServiceConnection>();
  #opening = 0;
  /** How many were opened so far: their ids are of this session alone, and short since every call says one. */
  #opened = 0;
  #isClosed = false;

  constructor(options: ServedConnectionsOptions) {
    this.#options = options;
  }

  /** What was opened for a caller that waits no more is closed again: nobody would know its id. */
  async open(open: () => Promise<ServiceConnection>, call?: CallUnderWay): Promise<OpenedConnection> {
    const connection = await this.#place(open);
    if (this.#isClosed) {
      await connection.close();
      throw new WireError('CHANNEL_CLOSED', 'the module went away while its connection was opened');
    }
    if (call?.signal.aborted) {
      await connection.close();
      throw call.signal.reason;
    }
    this.#opened += 1;
    const id = String(this.#opened);
    this.#open.set(id, connection);
    return { id, info: connection.info };
  }

  /** The answer to who asked for a connection. */
  opened({ id, service_type }: ServiceRequestMessage, opened: OpenedConnection): OrchestratorMessage {
    const { id: connection_id, info } = opened;
    return { op: 'service_response', id, service_type, success: true, error: null, connection_id, info };
  }

  /** The answer when there is none. */
  refused({ id, service_type }: ServiceRequestMessage, error: unknown): OrchestratorMessage {
    const fields = encodeError(error, this.#options.redact);
    return { op: 'service_response', id, service_type, success: false, connection_id: null, ...fields };
  }

  async #place(open: () => Promise<ServiceConnection>): Promise<ServiceConnection> {
    if (this.#open.size + this.#opening >= maxConnections)
      throw new WireError('BACKPRESSURE', `a module may hold ${maxConnections} service connections; close some`);
    this.#opening += 1;
    try {
      return await open();
    } finally {
      this.#opening -= 1;
    }
  }

  /** Not async: one promise less for every call. */
  operate(message: ServiceOperationMessage, call?: CallUnderWay): Promise<WireJson> {
    try {
      const connection = this.#connectionOf(message);
      if (message.operation === 'close') return this.#close(message.connection_id, connection);
      return connection.call(message.operation, message.params, call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The answer to an operation with that result. */
  success(message: ServiceOperationMessage, result: WireJson): OrchestratorMessage {
    const { connection_id, request_id } = message;
    // The common answer, without copying objects about.
    if (request_id !== undefined)
      return { op: 'service_operation_result', connection_id, request_id, success: true, result, error: null };
    return { ...addressOf(message), success: true, result, error: null };
  }

  /** The answer to an operation that failed, or whose result cannot be sent. */
  failure(message: ServiceOperationMessage, error: unknown): OrchestratorMessage {
    return { ...addressOf(message), success: false, result: null, ...encodeError(error, this.#options.redact) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const connections = [...this.#open.values()];
    this.#open.clear();
    const results = await Promise.allSettled(connections.map((connection) => connection.close()));
    for (const result of results) {
      if (result.status === 'rejected')
        this.#options.logger.warn('closing a service connection failed', { error: result.reason });
    }
  }

  async #close(id: string, connection: ServiceConnection): Promise<null> {
    this.#open.delete(id);
    await connection.close();
    return null;
  }

  #connectionOf({ connection_id }: ServiceOperationMessage): ServiceConnection {
    const connection = this.#open.get(connection_id);
    if (this.#isClosed)
      throw new WireError('CHANNEL_CLOSED', 'the session with this module has ended', { retryable: true });
    if (connection === undefined)
      throw new WireError('PEER_REFUSED', `there is no open service connection '${connection_id}'`);
    return connection;
  }
}

/** By what the caller tells its answers apart: its own id, or for a plain caller what a Rust receiver looks for (DEFECTS R8). */
function addressOf({ connection_id, service_type, operation, request_id }: ServiceOperationMessage) {
  const op = 'service_operation_result';
  if (request_id !== undefined) return { op, connection_id, request_id } as const;
  return { op, connection_id, params: { connection_id, service_type, operation, params: null } } as const;
}

/** The name a config asks for; ours stands beside what the protocol has there. */
export function nameIn(config: WireJson): string {
  const name = isWireObject(config) ? config['name'] : undefined;
  return typeof name === 'string' && name !== '' ? name : 'default';
}
