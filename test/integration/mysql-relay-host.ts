import { Duplex } from 'node:stream';
import type {
  Backend,
  Relay,
  RelayEngine,
  RelayHost,
  SessionParameters,
} from '../../src/database/relay/relay-engine.js';
import { DatabaseError } from '../../src/database/index.js';

/** Backends for virtual connections in this process: what the orchestrator's pool does, without the wire. */
export class RelayPool {
  readonly connections = new Set<VirtualConnection>();
  readonly backends = new Set<Backend>();
  readonly reasons: string[] = [];
  resets = 0;
  #idle: { backend: Backend; owner: VirtualConnection }[] = [];
  #waiting: (() => void)[] = [];
  #opening = 0;

  constructor(
    readonly engine: RelayEngine,
    readonly max: number,
    readonly acquireTimeoutMs = 5000,
  ) {}

  /** For the `stream` option of mysql2. */
  readonly stream = (): Duplex => new VirtualConnection(this);

  get idleBackends(): number {
    return this.#idle.length;
  }

  async lend(owner: VirtualConnection, parameters: SessionParameters): Promise<Backend> {
    const deadline = Date.now() + this.acquireTimeoutMs;
    for (;;) {
      const own = this.#idle.findIndex((entry) => entry.owner === owner);
      const [entry] = this.#idle.splice(own < 0 ? 0 : own, 1);
      if (entry !== undefined) {
        if (entry.owner === owner) return entry.backend;
        if (JSON.stringify(entry.backend.parameters) === JSON.stringify(parameters)) {
          this.resets += 1;
          await entry.backend.reset();
          return entry.backend;
        }
        this.drop(entry.backend);
      }
      if (this.backends.size + this.#opening < this.max) return await this.#open(parameters);
      await this.#turn(deadline - Date.now());
    }
  }

  giveBack(backend: Backend, owner: VirtualConnection): void {
    this.#idle.push({ backend, owner });
    this.#waiting.shift()?.();
  }

  drop(backend: Backend): void {
    backend.destroy();
    this.backends.delete(backend);
    this.#idle = this.#idle.filter((entry) => entry.backend !== backend);
    this.#waiting.shift()?.();
  }

  close(): void {
    for (const connection of this.connections) connection.destroy();
    for (const backend of this.backends) backend.destroy();
    this.backends.clear();
  }

  async #open(parameters: SessionParameters): Promise<Backend> {
    this.#opening += 1;
    try {
      const backend = await this.engine.connect(parameters);
      this.backends.add(backend);
      backend.socket.once('close', () => this.drop(backend));
      return backend;
    } finally {
      this.#opening -= 1;
    }
  }

  #turn(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const woken = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const late = (): void => {
        // Else it would be woken in the place of one that still waits.
        this.#waiting = this.#waiting.filter((waiting) => waiting !== woken);
        reject(new DatabaseError('POOL', `no connection within ${this.acquireTimeoutMs} ms`));
      };
      const timer = setTimeout(late, Math.max(ms, 0));
      this.#waiting.push(woken);
    });
  }
}

class VirtualConnection extends Duplex implements RelayHost {
  readonly relay: Relay;
  lent: Backend | undefined;
  readonly #pool: RelayPool;
  #unsent: Uint8Array[] | undefined;

  constructor(pool: RelayPool) {
    super({ allowHalfOpen: false });
    this.#pool = pool;
    pool.connections.add(this);
    this.relay = pool.engine.createRelay(this);
  }

  toModule(bytes: Uint8Array): void {
    if (!this.push(bytes)) this.lent?.socket.pause();
  }

  toBackend(bytes: Uint8Array, parameters: SessionParameters): void {
    if (this.lent !== undefined) this.lent.socket.write(bytes);
    else if (this.#unsent === undefined) void this.#borrow(bytes, parameters);
    else this.#unsent.push(bytes);
  }

  cancel(key: string): boolean {
    const meant = [...this.#pool.connections].filter(({ relay }) => relay.cancelKey === key);
    for (const { lent } of meant) void lent?.cancel();
    return meant.length > 0;
  }

  close(reason?: string): void {
    if (reason !== undefined) this.#pool.reasons.push(reason);
    this.push(null);
    this.end();
  }

  override _read(): void {
    this.lent?.socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.relay.fromModule(bytes);
    this.#release();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#pool.connections.delete(this);
    const backend = this.lent;
    if (backend !== undefined) {
      this.#detach();
      this.#pool.drop(backend);
    }
    done(error);
  }

  async #borrow(bytes: Uint8Array, parameters: SessionParameters): Promise<void> {
    this.#unsent = [bytes];
    try {
      const backend = await this.#pool.lend(this, parameters);
      const unsent = this.#unsent;
      this.#unsent = undefined;
      if (this.destroyed) return this.#pool.giveBack(backend, this);
      this.lent = backend;
      backend.socket.on('data', this.#received).once('close', this.#lost).resume();
      for (const part of unsent) backend.socket.write(part);
    } catch (error) {
      this.#unsent = undefined;
      this.relay.fail(error as Error);
    }
  }

  readonly #received = (bytes: Buffer): void => {
    this.relay.fromBackend(bytes);
    this.#release();
  };

  readonly #lost = (): void => {
    this.#detach();
    this.relay.fail(new DatabaseError('CONNECTION', 'the server closed the connection'));
  };

  #release(): void {
    const backend = this.lent;
    if (backend === undefined || !this.relay.isIdle) return;
    this.#detach();
    this.#pool.giveBack(backend, this);
  }

  #detach(): void {
    this.lent?.socket.off('data', this.#received).off('close', this.#lost);
    this.lent = undefined;
  }
}
