import type { JsonObject } from '../../foundation/index.js';
import type { ModuleSession, ServiceCallOptions, ServiceConnection, ServiceType, WireJson } from '../../wire/index.js';
import type { Attachment } from './attachment.js';

/**
 * A connection to a service that is opened again with each new orchestrator. What the one before held for it, such as a
 * transaction, is gone, and calls that name it are refused.
 */
export class LastingConnection implements ServiceConnection {
  readonly info: JsonObject;
  readonly typedValues: boolean;
  readonly #attachment: Attachment;
  readonly #type: ServiceType;
  readonly #name: string;
  readonly #onClose: (connection: LastingConnection) => void;
  #session: ModuleSession;
  #connection: ServiceConnection;
  #opening: Promise<ServiceConnection> | undefined;

  constructor(
    attachment: Attachment,
    {
      type,
      name,
      session,
      connection,
      onClose,
    }: {
      readonly type: ServiceType;
      readonly name: string;
      readonly session: ModuleSession;
      readonly connection: ServiceConnection;
      readonly onClose: (connection: LastingConnection) => void;
    },
  ) {
    this.info = connection.info;
    this.typedValues = connection.typedValues;
    this.#attachment = attachment;
    this.#type = type;
    this.#name = name;
    this.#onClose = onClose;
    this.#session = session;
    this.#connection = connection;
  }

  get maxMessageBytes(): number | undefined {
    return this.#connection.maxMessageBytes;
  }

  call(operation: string, params: WireJson, options: ServiceCallOptions = {}): Promise<WireJson> {
    // At once where that is possible: what opens a pipe has to be sent before anything of the pipe is.
    if (this.#attachment.present === this.#session) return this.#connection.call(operation, params, options);
    return this.#attachment.call(`${this.#name} ${operation}`, options, async (session, timeoutMs) => {
      const from = performance.now();
      const connection = await this.reopen(session, timeoutMs);
      const left = Math.max(1, Math.round(timeoutMs - (performance.now() - from)));
      return connection.call(operation, params, { ...options, timeoutMs: left });
    });
  }

  /** Opens it in that session, unless it is. */
  reopen(session: ModuleSession, timeoutMs?: number): Promise<ServiceConnection> {
    if (this.#session === session) return Promise.resolve(this.#connection);
    this.#opening ??= session
      .openService(this.#type, this.#name, timeoutMs)
      .then((connection) => {
        this.#session = session;
        return (this.#connection = connection);
      })
      .finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#onClose(this);
    if (this.#session === this.#attachment.session) await this.#connection.close();
  }
}
