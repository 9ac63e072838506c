import { type Logger, messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { choosePlace } from './choose-place.js';
import { FillingPlaces } from './filling-places.js';
import { type BackendHolder, Lease } from './lease.js';
import { noneCameFree, onlyConnection, poolFull, poolTimedOut } from '../pool-errors.js';
import type { PoolLimits } from '../pool-limits.js';
import { PoolLeases } from './pool-leases.js';
import { PoolQueue, type PoolRequest } from './pool-queue.js';
import type { Backend, SessionParameters } from './relay-engine.js';

export interface BackendPoolOptions {
  readonly name: string;
  readonly connect: (parameters: SessionParameters) => Promise<Backend>;
  /** Of all modules together. */
  readonly max: number;
  readonly limitsOf: (owner: string) => PoolLimits;
  /** How long a backend that nobody uses stays open. */
  readonly idleTimeoutMs: number;
  /** There cannot be more than one, however they are configured. */
  readonly isSingle?: boolean;
  /** Why nobody can log in at the moment, for those who waited in vain. */
  readonly refusal?: () => DatabaseError | undefined;
  readonly logger?: Logger | undefined;
}

/**
 * The backends of one database. An idle one stays with its holder, so that what is in its session is there when the
 * holder goes on, until somebody needs a place: then the one that was idle longest goes over, like new when it goes to
 * another module. Who waits is served in turn, module by module.
 */
export class BackendPool {
  readonly #options: BackendPoolOptions;
  readonly #leases = new PoolLeases();
  readonly #queue = new PoolQueue();
  readonly #filling = new FillingPlaces();
  readonly #sweep: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: BackendPoolOptions) {
    this.#options = options;
    const sweep = (): void => this.#leases.discardUnused(performance.now() - options.idleTimeoutMs);
    this.#sweep = setInterval(sweep, Math.max(options.idleTimeoutMs / 2, 10)).unref();
  }

  get size(): number {
    return this.#leases.size + this.#filling.size;
  }

  get longestWaitMs(): number {
    return this.#queue.longestWaitMs;
  }

  /** Rejects with POOL, saying how long it waited; CONNECTION or CONFIGURATION of the login; CLOSED. */
  acquire(holder: BackendHolder, parameters: SessionParameters): Promise<Lease> {
    const { name, limitsOf } = this.#options;
    if (this.#isClosed) return Promise.reject(new DatabaseError('CLOSED', `database '${name}' is closed`));
    const { queueLength, acquireTimeoutMs } = limitsOf(holder.owner);
    if (this.#queue.sizeOf(holder.owner) >= queueLength)
      return Promise.reject(poolFull(name, holder.owner, queueLength));
    const request = this.#queue.add(holder, parameters, acquireTimeoutMs, (waitedMs) =>
      this.#timedOut(holder.owner, waitedMs),
    );
    this.#serve();
    return request;
  }

  /** Whoever waits for a backend needs it no more. */
  forget(holder: BackendHolder): void {
    this.#queue.remove(holder);
  }

  /** Its holder needs it again; at once, since it was not taken away. */
  use(lease: Lease): void {
    lease.isBusy = true;
  }

  /** Its holder needs it not now. */
  idle(lease: Lease): void {
    lease.isBusy = false;
    lease.lastUsed = performance.now();
    if (!this.#leases.generations.isCurrent(lease)) this.#leases.settle(lease);
    else if (this.#queue.size === 0) return;
    this.#serve();
  }

  /** Its holder is gone: made like new at once, so that nothing of it is left. What is not at rest is closed, which rolls back what is open. */
  release(lease: Lease, isAtRest: boolean): void {
    lease.holder = undefined;
    if (isAtRest) return void this.#takeBack(lease);
    this.#leases.remove(lease);
    // The server notices that its client is gone when the statement ends; until then it keeps its locks.
    const { backend } = lease;
    const cancelled = backend.cancel().catch((error: unknown) => this.#log('a statement could not be ended', error));
    void cancelled.finally(() => backend.destroy());
    this.#serve();
  }

  async #takeBack(lease: Lease): Promise<void> {
    lease.isBusy = true;
    if (lease.isFresh || (await this.#isReset(lease))) return this.idle(lease);
    this.#leases.remove(lease);
    this.#serve();
  }

  /** Ends what runs on it now, and never what runs on it afterwards. */
  async cancel(lease: Lease): Promise<void> {
    lease.cancelling += 1;
    try {
      await lease.backend.cancel();
    } catch (error) {
      this.#log('a statement could not be ended', error);
    } finally {
      lease.cancelling -= 1;
      if (this.#leases.has(lease)) this.#leases.settle(lease);
      this.#serve();
    }
  }

  /** The generation of the backends that are lent. */
  get generation(): number {
    return this.#leases.generations.current;
  }

  /**
   * Lends backends of another generation from now on: the next new one by default. Those of others go on until they are
   * idle, and then stay, unused, until their place is needed or `retireOthers` closes them.
   */
  switchTo(generation?: number): void {
    this.#leases.switchTo(generation);
    this.#serve();
  }

  /** Closes the backends of other generations as they become idle. Resolves when none is left. */
  async retireOthers(): Promise<void> {
    this.#leases.retireOthers();
    this.#serve();
    await this.#leases.retiredLeft();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    this.#queue.rejectAll(new DatabaseError('CLOSED', `database '${this.#options.name}' is closed`));
    for (const lease of this.#leases) {
      const { holder } = lease;
      this.#leases.remove(lease);
      lease.backend.destroy();
      holder?.lost();
    }
  }

  readonly #serve = (): void => {
    // One turn each: whoever was served goes to the end of the line.
    for (const owner of this.#queue.owners()) {
      while (true) {
        const request = this.#queue.first(owner);
        if (request === undefined || !this.#tryServe(request)) break;
        this.#queue.rotate(owner);
        if (this.#queue.owners().length > 1) return this.#serve();
      }
    }
  };

  #tryServe(request: PoolRequest): boolean {
    const { owner } = request.holder;
    const choice = choosePlace([...this.#leases], request, {
      mayGrow: this.#placesOf(owner) < this.#options.limitsOf(owner).connections,
      hasRoom: this.size < this.#options.max,
      isCurrent: (lease) => this.#leases.generations.isCurrent(lease),
    });
    if (choice.kind === 'wait') return false;
    if (choice.kind === 'fill') return this.#fill(request);
    return choice.kind === 'hand over' ? this.#handOver(choice.lease, request) : this.#replace(choice.lease, request);
  }

  /** Places that a module has, those included that it does not need at the moment. */
  #placesOf(owner: string): number {
    return this.#filling.of(owner) + this.#leases.heldBy(owner);
  }

  #handOver(lease: Lease, request: PoolRequest): boolean {
    this.#queue.take(request);
    lease.holder?.detached();
    lease.holder = undefined;
    lease.isBusy = true;
    const isReady = lease.isFresh || lease.owner === request.holder.owner;
    lease.owner = request.holder.owner;
    if (isReady) {
      this.#grant(lease, request);
    } else {
      this.#filling.during(lease.owner, () => this.#reset(lease, request), this.#serve);
    }
    return true;
  }

  async #reset(lease: Lease, request: PoolRequest): Promise<void> {
    // The place counts as its own while it is made ready, not as one that is being filled.
    this.#leases.setAside(lease);
    if (!(await this.#isReset(lease))) return this.#open(request);
    this.#leases.add(lease);
    this.#grant(lease, request);
  }

  /** Like new; otherwise it is closed. */
  async #isReset(lease: Lease): Promise<boolean> {
    const { backend } = lease;
    try {
      await backend.reset();
      lease.isFresh = true;
      if (!this.#leases.generations.isRetired(lease) && !this.#isClosed && !backend.socket.destroyed) return true;
    } catch (error) {
      if (!this.#isClosed) this.#log('a connection could not be reset', error);
    }
    backend.destroy();
    return false;
  }

  #replace(lease: Lease, request: PoolRequest): boolean {
    this.#leases.discard(lease);
    return this.#fill(request);
  }

  #fill(request: PoolRequest): boolean {
    this.#queue.take(request);
    this.#filling.during(request.holder.owner, () => this.#open(request), this.#serve);
    return true;
  }

  async #open(request: PoolRequest): Promise<void> {
    const { generation } = this;
    try {
      const backend = await this.#options.connect(request.parameters);
      const lease = new Lease(backend, request.key, generation, request.holder.owner);
      if (this.#isClosed) return backend.destroy();
      if (this.#leases.generations.isRetired(lease)) {
        backend.destroy();
        return await this.#open(request);
      }
      backend.socket.once('close', () => this.#closed(lease));
      this.#leases.add(lease);
      this.#grant(lease, request);
    } catch (error) {
      request.reject(error);
    }
  }

  #grant(lease: Lease, request: PoolRequest): void {
    if (request.isOver) return this.idle(lease);
    lease.holder = request.holder;
    lease.isBusy = true;
    request.resolve(lease);
  }

  #closed(lease: Lease): void {
    if (!this.#leases.has(lease)) return;
    const { holder } = lease;
    this.#leases.remove(lease);
    holder?.lost();
    this.#serve();
  }

  #timedOut(owner: string, waitedMs: number): DatabaseError {
    const { name, max, limitsOf, refusal, isSingle } = this.#options;
    const use = { held: this.#placesOf(owner), allowed: limitsOf(owner).connections, size: this.size, max };
    if (isSingle) return noneCameFree(name, waitedMs, onlyConnection);
    return refusal?.() ?? poolTimedOut(name, owner, waitedMs, use);
  }

  #log(what: string, error: unknown): void {
    this.#options.logger?.warn(what, { database: this.#options.name, error: messageOf(error) });
  }
}
