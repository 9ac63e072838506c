import { type Logger, messageOf, PyWattError } from '../../foundation/index.js';
import type { Pipe, PipeReceiver } from '../../wire/index.js';
import { DatabaseError } from '../database-error.js';
import type { BackendPool } from './backend-pool.js';
import type { BackendHolder, Lease } from './lease.js';
import { LoginFailure } from './login-failure.js';
import type { Relay, RelayEngine, RelayHost, SessionParameters } from './relay-engine.js';

export interface VirtualConnectionOptions {
  readonly name: string;
  /** The module. */
  readonly owner: string;
  readonly engine: RelayEngine;
  readonly pool: BackendPool;
  readonly openPipe: (receiver: PipeReceiver) => Pipe;
  /** The driver wants to end what the connection of the same module with that key runs. */
  readonly cancel: (key: string) => boolean;
  readonly onClose: () => void;
  readonly logger?: Logger | undefined;
}

/** How much may wait to be written to a backend before no more is taken of the module. */
const maxUnwrittenBytes = 256 * 1024;

/** One connection of a module's driver: a pipe to the module, a state machine, and a backend while it needs one. */
export class VirtualConnection implements RelayHost, BackendHolder, PipeReceiver {
  readonly owner: string;
  readonly relay: Relay;
  readonly #options: VirtualConnectionOptions;
  readonly #pipe: Pipe;
  #lease: Lease | undefined;
  /** What waits for a backend, or until it may be sent there. */
  #queued: Uint8Array[] = [];
  #isAcquiring = false;
  /** What came over the pipe and is not written to a backend. */
  #untaken = 0;
  #isOver = false;
  /** The driver writes no more, but may still read what it asked for. */
  #hasEnded = false;
  /** When something last passed. */
  lastTraffic = performance.now();
  /** Since when statements run without a pause. */
  #runsSince: number | undefined;

  constructor(options: VirtualConnectionOptions) {
    this.owner = options.owner;
    this.#options = options;
    this.relay = options.engine.createRelay(this);
    this.#pipe = options.openPipe(this);
  }

  get isRunning(): boolean {
    return this.relay.isRunning ?? false;
  }

  /** Whether it has a backend only for what is left in the session. */
  get isKeeping(): boolean {
    return this.#lease?.isBusy === true && !this.isRunning && !this.relay.inTransaction;
  }

  /** How long the statement under way has been running. */
  runsFor(now: number): number {
    return this.#runsSince === undefined ? 0 : now - this.#runsSince;
  }

  // From the pipe.

  data(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.lastTraffic = performance.now();
    this.relay.fromModule(bytes);
    this.#untaken += bytes.byteLength;
    this.#take();
    this.#settle();
  }

  drained(): void {
    this.#lease?.backend.socket.resume();
  }

  ended(): void {
    this.#hasEnded = true;
    this.#settle();
  }

  closed(error?: Error): void {
    if (error) this.#options.logger?.debug('a connection to the database was cut off', { error });
    this.#finish();
  }

  // From the relay.

  toModule(bytes: Uint8Array): void {
    if (!this.#pipe.write(bytes)) this.#lease?.backend.socket.pause();
  }

  toBackend(bytes: Uint8Array, parameters: SessionParameters): void {
    if (this.#isOver) return;
    const lease = this.#lease;
    if (lease && !lease.isBusy) this.#options.pool.use(lease);
    // A request to cancel that is on its way must not hit what comes next.
    if (lease?.cancelling === 0) return void lease.backend.socket.write(bytes);
    this.#queued.push(bytes);
    if (!lease && !this.#isAcquiring) void this.#acquire(parameters);
  }

  cancel(key: string): boolean {
    return this.#options.cancel(key);
  }

  close(reason?: string): void {
    if (reason !== undefined && !this.#isOver)
      this.#options.logger?.warn('a connection to the database was ended', { reason });
    this.#finish();
    this.#pipe.end();
  }

  // From the pool.

  detached(): void {
    this.#detach();
  }

  lost(): void {
    const isNeeded = !this.relay.isIdle;
    if (isNeeded) this.relay.lost?.();
    this.#detach();
    // As direct: the driver sees its connection end. One that was not in use gets another backend next time.
    if (isNeeded) this.close('the server closed the connection');
  }

  /** Whether a request to cancel with that key means it, or the backend it has. */
  isMeantBy(key: string): boolean {
    const { cancelKey } = this.relay;
    return cancelKey === key || String(this.#lease?.backend.processId) === key;
  }

  /** Ends the statement that runs. */
  async cancelRunning(): Promise<void> {
    const lease = this.#lease;
    if (!lease?.isBusy || this.relay.isRunning === false) return;
    await this.#options.pool.cancel(lease);
    if (lease === this.#lease && lease.cancelling === 0) this.#send(lease);
  }

  /** Takes the backend away, with what is open on it, and ends the connection with that error. */
  expire(error: DatabaseError): void {
    this.relay.fail(error);
    this.close(error.message);
  }

  async #acquire(parameters: SessionParameters): Promise<void> {
    this.#isAcquiring = true;
    try {
      const lease = await this.#options.pool.acquire(this, parameters);
      this.#isAcquiring = false;
      if (this.#isOver) return this.#options.pool.release(lease, true);
      this.#attach(lease);
    } catch (error) {
      this.#isAcquiring = false;
      this.#queued = [];
      if (this.#isOver) return;
      const failure = databaseError(error, this.#options.name);
      this.relay.fail(failure);
      if (this.#isOver) return;
      if (failure instanceof LoginFailure)
        this.#options.logger?.warn('a connection to the database was not had', { reason: failure.message });
      this.#take();
      // The relay answers in a moment.
      queueMicrotask(() => this.#settle());
    }
  }

  #attach(lease: Lease): void {
    const { socket } = lease.backend;
    this.#lease = lease;
    // What waited for it runs only now.
    this.lastTraffic = performance.now();
    this.#runsSince = undefined;
    this.relay.attached?.(lease.isFresh, lease.backend);
    lease.isFresh = false;
    socket.on('data', this.#fromBackend);
    socket.on('drain', this.#take);
    socket.resume();
    this.#send(lease);
    this.#settle();
  }

  #send({ backend }: Lease): void {
    for (const bytes of this.#queued.splice(0)) backend.socket.write(bytes);
    this.#take();
  }

  #detach(): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    this.#lease = undefined;
    this.relay.detached?.();
    const { socket } = lease.backend;
    socket.off('data', this.#fromBackend);
    socket.off('drain', this.#take);
    socket.resume();
  }

  readonly #fromBackend = (bytes: Buffer): void => {
    this.lastTraffic = performance.now();
    this.relay.fromBackend(bytes);
    this.#settle();
  };

  /** Lets the module send more, once what it sent is on its way. */
  readonly #take = (): void => {
    if (this.#untaken === 0) return;
    if (this.#queued.length > 0 || (this.#lease?.backend.socket.writableLength ?? 0) > maxUnwrittenBytes) return;
    const bytes = this.#untaken;
    this.#untaken = 0;
    this.#pipe.taken(bytes);
  };

  #settle(): void {
    this.#runsSince = this.isRunning ? (this.#runsSince ?? this.lastTraffic) : undefined;
    const lease = this.#lease;
    if (lease?.isBusy && this.relay.isIdle) this.#options.pool.idle(lease);
    if (!this.#hasEnded || this.isRunning) return;
    this.#finish();
    this.#pipe.end();
  }

  /** Gives back what it has. */
  #finish(): void {
    if (this.#isOver) return;
    const { isAtRest } = this.relay;
    this.#isOver = true;
    this.#queued = [];
    const lease = this.#lease;
    this.#detach();
    this.#options.pool.forget(this);
    if (lease) {
      if (this.relay.inTransaction)
        this.#options.logger?.warn('rolled back a transaction that was left open', { module: this.owner });
      this.#options.pool.release(lease, isAtRest);
    }
    this.#options.onClose();
  }
}

function databaseError(error: unknown, name: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const options = PyWattError.is(error) ? { cause: error, details: error.details } : { cause: error };
  return new DatabaseError('CONNECTION', `database '${name}': ${messageOf(error)}`, options);
}
