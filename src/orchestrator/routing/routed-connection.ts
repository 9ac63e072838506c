import { type JsonObject, longestTimerMs, withDeadline } from '../../foundation/index.js';
import { ServiceError, serviceErrorFrom } from '../../services/index.js';
import type { ModulePeer, ServiceCallOptions, ServiceConnection, WireJson } from '../../wire/index.js';
import type { ServingModule } from './serving-module.js';

export interface RoutedConnectionOptions {
  readonly service: string;
  /** Whose connection it is. */
  readonly moduleId: string;
  readonly server: ServingModule;
}

/** How long a call waits for a module that is being started. */
const startMs = 30_000;

/**
 * One module's connection to a service that another module implements. A call waits for a module that is being started.
 * Closing it ends the calls under way with CLOSED.
 */
export class RoutedConnection implements ServiceConnection {
  readonly info: JsonObject = {};
  readonly typedValues = false;
  readonly #options: RoutedConnectionOptions;
  readonly #running = new Set<AbortController>();
  #isClosed = false;

  constructor(options: RoutedConnectionOptions) {
    this.#options = options;
  }

  /** Who names no `timeoutMs` waits as long as the operation may take, which the module that serves it keeps. */
  async call(
    operation: string,
    params: WireJson,
    { timeoutMs = longestTimerMs, signal }: ServiceCallOptions = {},
  ): Promise<WireJson> {
    if (operation === 'close') {
      await this.close();
      return null;
    }
    const what = `service '${this.#options.service}', ${operation}`;
    if (this.#isClosed) throw this.#closed();
    signal?.throwIfAborted();
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#running.add(controller);
    try {
      const { service, moduleId: sourceModuleId } = this.#options;
      const startedAt = performance.now();
      const peer = await this.#peer(what, timeoutMs);
      controller.signal.throwIfAborted();
      const leftMs = Math.max(1, timeoutMs - (performance.now() - startedAt));
      const call = { sourceModuleId, service, operation, params };
      return await peer.route(call, { timeoutMs: leftMs, signal: controller.signal });
    } catch (error) {
      controller.signal.throwIfAborted();
      throw serviceErrorFrom(error, what);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#running.delete(controller);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const controller of this.#running) controller.abort(this.#closed());
  }

  async #peer(what: string, timeoutMs: number): Promise<Pick<ModulePeer, 'route'>> {
    const { server } = this.#options;
    const unavailable = () =>
      new ServiceError('CONNECTION', `${what}: module '${server.id}', which serves it, is not running`, {
        retryable: true,
        details: { module: server.id },
      });
    const peer = await withDeadline(server.whenRunning(), Math.min(timeoutMs, startMs), unavailable);
    if (!peer) throw unavailable();
    return peer;
  }

  #closed(): ServiceError {
    return new ServiceError('CLOSED', `this connection to service '${this.#options.service}' is closed`);
  }
}
