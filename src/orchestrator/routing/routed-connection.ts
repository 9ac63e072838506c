import { type JsonObject, untilAborted } from '../../foundation/index.js';
import { ServiceError, serviceErrorFrom } from '../../services/index.js';
import type { ServiceCallOptions, ServiceConnection, WireJson } from '../../wire/index.js';
import type { ServingModule } from './serving-module.js';

export interface RoutedConnectionOptions {
  readonly service: string;
  /** Whose connection it is. */
  readonly moduleId: string;
  readonly server: ServingModule;
}

/** How long who does not say it waits for an answer, and everybody for a module that is being started. */
const defaultMs = 30_000;
/** More calls than this at once on one connection are refused, and fewer while nobody answers them. */
const maxRunning = 10_000;
const maxWaiting = 1_000;

/**
 * One module's connection to a service that another module implements. A call waits for a module that is being started.
 * Closing it ends the calls under way with CLOSED.
 */
export class RoutedConnection implements ServiceConnection {
  readonly info: JsonObject = {};
  readonly typedValues = false;
  readonly #options: RoutedConnectionOptions;
  readonly #running = new Set<AbortController>();
  #waiting = 0;
  #isClosed = false;

  constructor(options: RoutedConnectionOptions) {
    this.#options = options;
  }

  async call(
    operation: string,
    params: WireJson,
    { timeoutMs = defaultMs, signal }: ServiceCallOptions = {},
  ): Promise<WireJson> {
    if (operation === 'close') {
      await this.close();
      return null;
    }
    const what = `service '${this.#options.service}', ${operation}`;
    if (this.#isClosed) throw this.#closed();
    signal?.throwIfAborted();
    if (this.#running.size >= maxRunning) throw busy(what, `${maxRunning} calls are under way already`);
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#running.add(controller);
    try {
      return await this.#route(what, operation, params, timeoutMs, controller);
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

  async #route(
    what: string,
    operation: string,
    params: WireJson,
    timeoutMs: number,
    controller: AbortController,
  ): Promise<WireJson> {
    const { service, moduleId: sourceModuleId, server } = this.#options;
    const call = { sourceModuleId, service, operation, params };
    const { signal } = controller;
    const running = server.running;
    if (running) return running.route(call, { timeoutMs, signal });
    const startedAt = performance.now();
    const started = await this.#started(what, timeoutMs, controller);
    const leftMs = Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAt)));
    return started.route(call, { timeoutMs: leftMs, signal });
  }

  async #started(what: string, timeoutMs: number, controller: AbortController) {
    const { server } = this.#options;
    if (this.#waiting >= maxWaiting) throw busy(what, `${maxWaiting} calls wait for module '${server.id}' already`);
    const notRunning = () =>
      new ServiceError('CONNECTION', `${what}: module '${server.id}', which serves it, is not running`, {
        retryable: true,
        details: { module: server.id },
      });
    this.#waiting += 1;
    try {
      const waitMs = Math.min(timeoutMs, defaultMs);
      const started = await untilAborted(controller, waitMs, notRunning, () => server.whenRunning());
      if (!started) throw notRunning();
      return started;
    } finally {
      this.#waiting -= 1;
    }
  }

  #closed(): ServiceError {
    return new ServiceError('CLOSED', `this connection to service '${this.#options.service}' is closed`);
  }
}

function busy(what: string, why: string): ServiceError {
  return new ServiceError('BUSY', `${what}: ${why}`, { retryable: true });
}
