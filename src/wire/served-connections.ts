import { randomUUID } from 'node:crypto';
import { type JsonValue, type Logger, WireError } from '../foundation/index.js';
import { encodeError } from './error-frame.js';
import type { OrchestratorMessage, ServiceOperationMessage, ServiceRequestMessage } from './messages.js';
import type { ServiceConnection } from './service.js';

export interface ServedConnectionsOptions {
  readonly send: (message: OrchestratorMessage) => void;
  readonly redact: (text: string) => string;
  readonly logger: Logger;
}

const maxConnections = 1_000;

/** The service connections one module holds on the orchestrator. Closing gives back everything it still held. */
export class ServedConnections {
  readonly #options: ServedConnectionsOptions;
  readonly #open = new Map<string, ServiceConnection>();
  #isClosed = false;

  constructor(options: ServedConnectionsOptions) {
    this.#options = options;
  }

  async open(request: ServiceRequestMessage, open: () => Promise<ServiceConnection>): Promise<OrchestratorMessage> {
    const answer = { op: 'service_response', id: request.id, service_type: request.service_type } as const;
    try {
      if (this.#open.size >= maxConnections)
        throw new WireError('BACKPRESSURE', `a module may hold ${maxConnections} service connections; close some`);
      const connection = await open();
      if (this.#isClosed) {
        await connection.close();
        throw new WireError('CHANNEL_CLOSED', 'the module went away while its connection was opened');
      }
      const connectionId = randomUUID();
      this.#open.set(connectionId, connection);
      return { ...answer, success: true, error: null, connection_id: connectionId, info: connection.info };
    } catch (error) {
      return { ...answer, success: false, connection_id: null, ...encodeError(error, this.#options.redact) };
    }
  }

  async operate(message: ServiceOperationMessage): Promise<OrchestratorMessage> {
    const answer = {
      op: 'service_operation_result',
      connection_id: message.connection_id,
      // What a Rust receiver correlates by (DEFECTS R8).
      params: {
        connection_id: message.connection_id,
        service_type: message.service_type,
        operation: message.operation,
        params: null,
      },
      ...(message.request_id === undefined ? {} : { request_id: message.request_id }),
    } as const;
    try {
      return { ...answer, success: true, result: await this.#perform(message), error: null };
    } catch (error) {
      return { ...answer, success: false, result: null, ...encodeError(error, this.#options.redact) };
    }
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

  async #perform(message: ServiceOperationMessage): Promise<JsonValue> {
    const connection = this.#open.get(message.connection_id);
    if (this.#isClosed)
      throw new WireError('CHANNEL_CLOSED', 'the session with this module has ended', { retryable: true });
    if (connection === undefined)
      throw new WireError('PEER_REFUSED', `there is no open service connection '${message.connection_id}'`);
    if (message.operation !== 'close') return connection.call(message.operation, message.params);
    this.#open.delete(message.connection_id);
    await connection.close();
    return null;
  }
}
