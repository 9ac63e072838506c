import type { Logger } from '../foundation/index.js';
import type { Operation, OperationTable } from './operation.js';
import type { ServiceContract } from './service-calls.js';
import { ServiceError } from './service-error.js';

/** What an implementation is told beside the params. */
export interface HandlerContext {
  /** The module that calls. */
  readonly moduleId: string;
  /** Aborts when nobody waits for the result any more: the timeout of the operation passed, or the caller went away. */
  readonly signal: AbortSignal;
  /** How long somebody waits for the result, in milliseconds from the start of the call: for what the handler calls itself. */
  readonly timeoutMs: number;
}

/** An implementation: one function for each operation. What it returns or resolves to is the result. */
export type ServiceHandlers<O extends OperationTable> = {
  readonly [K in keyof O]: O[K] extends Operation<infer P, infer R>
    ? (params: P, context: HandlerContext) => R | Promise<R>
    : never;
};

/** What `direct` is given to make an implementation with. */
export interface DirectContext {
  readonly moduleId: string;
  /** The settings of the module. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

/** Handlers as whoever calls them by name sees them. */
export type Handlers = object;

/** An implementation that is ready to be called. */
export interface OpenedHandlers {
  readonly handlers: Handlers;
  readonly close: () => Promise<void>;
}

/** What provides a service in some process; `origin` is for `bindings()`. */
export interface ServiceImplementation {
  readonly service: ServiceContract;
  readonly origin: string;
  open(context: DirectContext): Promise<OpenedHandlers>;
}

/** `handlers`, once every operation has a function. Throws ServiceError CONFIGURATION naming those that have none. */
export function checkedHandlers({ id, calls }: ServiceContract, handlers: Handlers): Handlers {
  const isObject = typeof handlers === 'object' && handlers !== null;
  const missing = [...calls.keys()].filter(
    (name) => !isObject || typeof (handlers as Record<string, unknown>)[name] !== 'function',
  );
  if (missing.length === 0) return handlers;
  throw new ServiceError('CONFIGURATION', `the implementation of service '${id}' has no ${missing.join(', ')}`);
}

/** By its shape, so that two copies of this package get along. */
export function isServiceImplementation(candidate: object): candidate is ServiceImplementation {
  return 'service' in candidate && 'open' in candidate;
}
