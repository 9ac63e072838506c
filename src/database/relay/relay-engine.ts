import type { Duplex } from 'node:stream';

/**
 * The orchestrator's side of a database whose own protocol is relayed: the module runs the engine's real driver over a
 * virtual connection, and a pool lends it backends, which are logged in already. Nothing of the credentials reaches it.
 */
export interface RelayEngine {
  /** Logs in with the engine's driver and takes the socket over. Rejects with a `DatabaseError`: CONNECTION or CONFIGURATION. */
  connect(parameters: SessionParameters): Promise<Backend>;
  /** Logs in with that password, once, and leaves. Rejects as `connect`. */
  probe(password: string): Promise<void>;
  /** The state machine between one virtual connection and the backends it is lent. */
  createRelay(host: RelayHost): Relay;
}

/** What a driver asks for at login and the orchestrator lets it choose, by lower-case name: `application_name`, `timezone`. */
export type SessionParameters = Readonly<Record<string, string>>;

/** A connection to the server that is logged in and has no transaction, owned by the pool. */
export interface Backend {
  readonly parameters: SessionParameters;
  /** The server's number of it, by which drivers and statements name it. */
  readonly processId?: number;
  /** The server closes the connection when it is sent one that is longer, or as long. */
  readonly maxPacketBytes?: number;
  /** What passes between driver and server after login. Nobody else reads it. */
  readonly socket: Duplex;
  /** Ends the statement that runs, over another connection. */
  cancel(): Promise<void>;
  /** Makes it like new for its next owner: no temporary tables, settings, locks, prepared statements. */
  reset(): Promise<void>;
  /** Closes it, at once; what is open is rolled back by the server. */
  destroy(): void;
}

/** What a relay needs of whoever runs it. */
export interface RelayHost {
  /** Sends to the driver in the module. */
  toModule(bytes: Uint8Array): void;
  /** Sends to the backend that is lent; when none is, asks for one and sends as soon as it came. */
  toBackend(bytes: Uint8Array, parameters: SessionParameters): void;
  /**
   * The driver wants to end the statement of another virtual connection, which it names by what its relay gave out at
   * login, or by the number of the backend. False when the module has no such connection.
   */
  cancel(key: string): boolean;
  /** The virtual connection ends, after what was sent; `reason` is for the log. */
  close(reason?: string): void;
}

export interface Relay {
  /** Names this virtual connection in a request to cancel; a secret of the module. */
  readonly cancelKey: string;
  /** Bytes of the driver, in any cut. */
  fromModule(bytes: Uint8Array): void;
  /** Bytes of the lent backend, in any cut. */
  fromBackend(bytes: Uint8Array): void;
  /** A backend was lent; `isFresh` when nobody has used its session yet. */
  attached?(isFresh: boolean, backend: Backend): void;
  /** The backend that was lent is gone, with what was left in its session. */
  detached?(): void;
  /** The server closes the backend that is in use: says what it may not have come to say. The virtual connection ends next. */
  lost?(): void;
  /** No backend came, or it was taken away: answers in the engine's protocol with an error its driver understands. */
  fail(error: Error): void;
  /** Everything that was asked is answered, no transaction is open and nothing of the session must be kept: the backend may go to another. */
  readonly isIdle: boolean;
  /** Everything that was asked is answered and no transaction is open, whatever is left in the session. */
  readonly isAtRest: boolean;
  /** Whether a transaction is open, for the log and the rollback. */
  readonly inTransaction: boolean;
  /** Whether a statement was sent whose answer is not complete; limits of time need to know, and do not hold without it. */
  readonly isRunning?: boolean;
}
