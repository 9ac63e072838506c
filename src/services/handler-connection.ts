import { type JsonObject, type Logger, untilAborted } from '../foundation/index.js';
import type { ServiceCallOptions, ServiceConnection, WireJson } from '../wire/index.js';
import { RunningCalls } from './running-calls.js';
import { callOf, type OperationCall, type ServiceContract } from './service-calls.js';
import { failureOf, ServiceError } from './service-error.js';
import type { HandlerContext, Handlers } from './service-handlers.js';

export interface HandlerConnectionOptions {
  readonly service: ServiceContract;
  readonly handlers: Handlers;
  readonly moduleId: string;
  /** Hears of failures in full, stack and all; the caller gets a ServiceError. */
  readonly logger: Logger;
}

/**
 * One module's connection to an implementation in this process: behind the wire for a proxied module, in the module
 * itself for a direct one, so that both fail alike. Closing it ends the calls under way with CLOSED.
 */
export class HandlerConnection implements ServiceConnection {
  readonly info: JsonObject;
  readonly typedValues = false;
  readonly #options: HandlerConnectionOptions;
  readonly #running: RunningCalls;

  constructor(options: HandlerConnectionOptions) {
    this.#options = options;
    this.#running = new RunningCalls(options.service.id);
    this.info = { operations: [...options.service.calls.keys()] };
  }

  async call(operation: string, params: WireJson, options: ServiceCallOptions = {}): Promise<WireJson> {
    const { service, moduleId } = this.#options;
    const call = callOf(service, operation);
    const timeoutMs = Math.min(options.timeoutMs ?? Infinity, call.timeoutMs);
    const late = () =>
      new ServiceError('TIMEOUT', `${this.#what(operation)}: no result within ${timeoutMs} ms`, {
        details: { timeoutMs },
      });
    return this.#running.run(operation, options.signal, (controller) =>
      untilAborted(controller, timeoutMs, late, (signal) =>
        this.#perform(operation, call, params, { moduleId, signal, timeoutMs }),
      ),
    );
  }

  async close(): Promise<void> {
    this.#running.close();
  }

  async #perform(operation: string, call: OperationCall, params: WireJson, context: HandlerContext): Promise<WireJson> {
    const { handlers } = this.#options;
    const { signal } = context;
    const input = await call.params.read(params);
    let result: unknown;
    try {
      signal.throwIfAborted();
      // Called on its object: an implementation may be a class.
      result = await (handlers as Record<string, Handler>)[operation]!(input, context);
    } catch (error) {
      throw this.#failure(operation, error, signal);
    }
    return call.result.write(result);
  }

  #failure(operation: string, error: unknown, signal: AbortSignal): unknown {
    // Nobody waits any more, and the implementation most likely only passes on what it was told.
    if (signal.aborted) return error;
    const { service, moduleId, logger } = this.#options;
    logger.warn('an operation of a service failed', { service: service.id, operation, module: moduleId, error });
    return failureOf(error, this.#what(operation));
  }

  #what(operation: string): string {
    return `service '${this.#options.service.id}', ${operation}`;
  }
}

type Handler = (params: unknown, context: HandlerContext) => unknown;
