import { Bulkhead, type JsonObject, untilAborted } from '../../foundation/index.js';
import { busy, RunningCalls, ServiceError, serviceErrorFrom } from '../../services/index.js';
import {
  type RoutedCall,
  type ServiceCallOptions,
  type ServiceConnection,
  wasNeverSent,
  type WireJson,
} from '../../wire/index.js';
import type { ServingModule, ServingSession } from './serving-module.js';

export interface RoutedConnectionOptions {
  readonly service: string;
  /** Whose connection it is. */
  readonly moduleId: string;
  readonly server: ServingModule;
}

/** How long who does not say it waits for an answer, and everybody for a module that is being started. */
const defaultMs = 30_000;
/** More calls than this that wait for a module at once on one connection are refused. */
const maxWaiting = 1_000;

/**
 * One module's connection to a service that another module implements. A call waits for a module that is being started,
 * also when it is the first to notice that the launch before has ended. Closing it ends the calls under way with CLOSED.
 */
export class RoutedConnection implements ServiceConnection {
  readonly info: JsonObject = {};
  readonly typedValues = false;
  readonly #options: RoutedConnectionOptions;
  readonly #running: RunningCalls;
  readonly #waiting = new Bulkhead({ atOnce: maxWaiting, waiting: 0 });

  constructor(options: RoutedConnectionOptions) {
    this.#options = options;
    this.#running = new RunningCalls(options.service);
  }

  async call(
    operation: string,
    params: WireJson,
    { timeoutMs = defaultMs, signal: callerSignal }: ServiceCallOptions = {},
  ): Promise<WireJson> {
    const { service, moduleId: sourceModuleId } = this.#options;
    const what = `service '${service}', ${operation}`;
    return this.#running.run(operation, callerSignal, async (controller) => {
      try {
        return await this.#route(what, { sourceModuleId, service, operation, params }, timeoutMs, controller);
      } catch (error) {
        controller.signal.throwIfAborted();
        throw serviceErrorFrom(error, what);
      }
    });
  }

  async close(): Promise<void> {
    this.#running.close();
  }

  async #route(what: string, call: RoutedCall, timeoutMs: number, controller: AbortController): Promise<WireJson> {
    const { signal } = controller;
    const dueAt = performance.now() + timeoutMs;
    const leftMs = () => Math.max(1, Math.round(dueAt - performance.now()));
    let session = this.#options.server.running;
    for (;;) {
      try {
        if (session) return await session.route(call, { timeoutMs: leftMs(), signal });
      } catch (error) {
        if (!wasNeverSent(error)) throw error;
      }
      session = await this.#started(what, session, leftMs(), controller);
    }
  }

  async #started(
    what: string,
    gone: ServingSession | undefined,
    timeoutMs: number,
    controller: AbortController,
  ): Promise<ServingSession> {
    const { server } = this.#options;
    const notRunning = () =>
      new ServiceError('CONNECTION', `${what}: module '${server.id}', which serves it, is not running`, {
        retryable: true,
        details: { module: server.id },
      });
    const waitMs = Math.min(timeoutMs, defaultMs);
    const started = await this.#waiting.run(
      () => untilAborted(controller, waitMs, notRunning, (signal) => server.whenRunning(gone, signal)),
      () => busy(what, `${maxWaiting} calls wait for module '${server.id}' already`),
    );
    if (!started) throw notRunning();
    return started;
  }
}
