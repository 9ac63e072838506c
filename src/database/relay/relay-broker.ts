import type { Logger } from '../../foundation/index.js';
import type { OpenPipe } from '../../wire/index.js';
import { connectBreaker } from '../connect-breaker.js';
import type { DatabaseError } from '../database-error.js';
import { leftIdle } from '../pool-errors.js';
import type { ModuleLimits } from '../pool-limits.js';
import { BackendPool } from './backend-pool.js';
import type { RelayEngine, SessionParameters } from './relay-engine.js';
import { VirtualConnection } from './virtual-connection.js';
import { WantedPlaces } from './wanted-places.js';

export interface RelayBrokerOptions {
  readonly name: string;
  readonly engine: RelayEngine;
  /** Backends of all modules together. */
  readonly max: number;
  readonly limitsOf: (moduleId: string) => ModuleLimits;
  readonly idleTimeoutMs: number;
  /** See `BackendPoolOptions`. */
  readonly isSingle?: boolean;
  readonly refusal?: () => DatabaseError | undefined;
  readonly logger?: Logger | undefined;
}

const watchEveryMs = 250;
/** Who waits for less is served as others end what they do. */
const shortWaitMs = 50;

/** The virtual connections of one database, and the backends they share. */
export class RelayBroker {
  readonly pool: BackendPool;
  readonly #options: RelayBrokerOptions;
  readonly #connections = new Set<VirtualConnection>();
  readonly #watch: NodeJS.Timeout;
  readonly #wanted = new WantedPlaces();

  constructor(options: RelayBrokerOptions) {
    this.#options = options;
    const { engine } = options;
    const breaker = connectBreaker(options.name);
    const connect = (parameters: SessionParameters) => breaker.run(() => engine.connect(parameters));
    this.pool = new BackendPool({ ...options, connect });
    this.#watch = setInterval(() => this.#keepTime(), watchEveryMs).unref();
  }

  limitsOf(moduleId: string): ModuleLimits {
    return this.#options.limitsOf(moduleId);
  }

  /** Opens a connection for a driver of that module, over the pipe it named. Throws as `OpenPipe`. Ends it with the result. */
  open(moduleId: string, openPipe: OpenPipe, pipeId: string): () => void {
    const { name, engine, logger } = this.#options;
    const connection: VirtualConnection = new VirtualConnection({
      name,
      owner: moduleId,
      engine,
      pool: this.pool,
      openPipe: (receiver) => openPipe(pipeId, receiver),
      cancel: (key) => this.#cancel(moduleId, key),
      onClose: () => void this.#connections.delete(connection),
      logger: logger?.child({ module: moduleId, database: name }),
    });
    this.#connections.add(connection);
    return () => connection.close();
  }

  /**
   * Resolves when somebody waits for a backend while connections of that module keep some that nothing runs on; soon
   * again while that lasts. Rejects when `signal` aborts.
   */
  wanted(moduleId: string, signal: AbortSignal): Promise<void> {
    return this.#wanted.told(moduleId, signal);
  }

  /** Borrows a connection and gives it back at once. Rejects as a login does, with what a driver would not be told. */
  async prove(owner: string): Promise<void> {
    const lease = await this.pool.acquire({ owner, detached: () => undefined, lost: () => undefined }, {});
    this.pool.release(lease, true);
  }

  close(): Promise<void> {
    clearInterval(this.#watch);
    for (const connection of this.#connections) connection.close();
    this.pool.close();
    return Promise.resolve();
  }

  /** A key is known to its module alone, but it could be guessed. */
  #cancel(moduleId: string, key: string): boolean {
    const meant = [...this.#connections].filter(({ owner }) => owner === moduleId).find((own) => own.isMeantBy(key));
    void meant?.cancelRunning();
    return meant !== undefined;
  }

  #keepTime(): void {
    const keeping = [...this.#connections].filter(({ isKeeping }) => isKeeping);
    if (this.pool.longestWaitMs > shortWaitMs) this.#wanted.tell(new Set(keeping.map(({ owner }) => owner)));
    const now = performance.now();
    for (const connection of this.#connections) {
      const { statementTimeoutMs, idleInTransactionTimeoutMs } = this.#options.limitsOf(connection.owner);
      const idleMs = now - connection.lastTraffic;
      if (connection.isRunning) {
        const runsMs = connection.runsFor(now);
        if (statementTimeoutMs > 0 && runsMs > statementTimeoutMs) void connection.cancelRunning();
      } else if (
        idleInTransactionTimeoutMs > 0 &&
        idleMs > idleInTransactionTimeoutMs &&
        connection.relay.inTransaction
      ) {
        connection.expire(leftIdle(this.#options.name, idleMs, idleInTransactionTimeoutMs));
      }
    }
  }
}
