import { Deferred, didYouMean, type JsonObject, type Logger } from '../foundation/index.js';
import type {
  ServiceBroker,
  ServiceCallOptions,
  ServiceConnection,
  ServiceOpenRequest,
  WireJson,
} from '../wire/index.js';
import { type CacheCall, cacheCalls } from './cache-calls.js';
import { CacheError } from './cache-error.js';
import type { LeasingStore } from './load/leasing-store.js';

/**
 * Serves the orchestrator's caches to modules of any language, as bytes. Modules that open the same name share one
 * store; closing a connection leaves it open. The stores belong to whoever opened them. Which module may open which
 * name is decided before the broker is asked.
 */
export class CacheBroker implements ServiceBroker {
  readonly serviceType = 'Cache';
  readonly operations = Object.keys(cacheCalls);
  readonly #lookup: (name: string) => LeasingStore | undefined;
  readonly #logger: Logger;

  constructor(lookup: (name: string) => LeasingStore | undefined, logger: Logger) {
    this.#lookup = lookup;
    this.#logger = logger;
  }

  /** Rejects with CacheError CONFIGURATION when there is no cache of that name. */
  async open(request: ServiceOpenRequest): Promise<ServiceConnection> {
    const store = this.#lookup(request.name);
    if (!store) {
      const message = `module '${request.moduleId}' asked for cache '${request.name}', which is not configured; add it under 'caches'`;
      throw new CacheError('CONFIGURATION', message, { details: { cache: request.name } });
    }
    this.#logger.debug('cache connection opened', {
      module: request.moduleId,
      cache: request.name,
      backend: store.description,
    });
    return new BrokeredCache(store, request.typedValues);
  }
}

/** So many steps of promises in one turn of the event loop a store in memory may take. */
const atOnceSteps = 4;

/** One module's connection to a shared store. */
class BrokeredCache implements ServiceConnection {
  readonly info: JsonObject;
  readonly typedValues: boolean;
  readonly #store: LeasingStore;
  #isClosed = false;

  constructor(store: LeasingStore, typedValues: boolean) {
    this.#store = store;
    this.typedValues = typedValues;
    this.info = { description: store.description };
  }

  /** Settles at once when the signal aborts; what the store was asked to do may still be done. */
  async call(operation: string, params: WireJson, options: ServiceCallOptions = {}): Promise<WireJson> {
    if (operation === 'close') {
      await this.close();
      return null;
    }
    if (this.#isClosed) throw new CacheError('CLOSED', `this connection to cache '${this.#store.name}' is closed`);
    const call = this.#callOf(operation);
    const work = call.perform(this.#store, call.params.read(params, 'params'), options);
    const result = await unlessAborted(work, options);
    return call.result.write(result, this.typedValues);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #callOf(operation: string): CacheCall<unknown, unknown> {
    if (Object.hasOwn(cacheCalls, operation))
      return (cacheCalls as unknown as Record<string, CacheCall<unknown, unknown>>)[operation]!;
    const name = this.#store.name;
    const message = `cache '${name}': there is no operation '${operation}'${didYouMean(operation, [...Object.keys(cacheCalls), 'close'])}`;
    throw new CacheError('OPERATION', message, { details: { operation } });
  }
}

/** A signal costs as much as a whole call of a store that answers at once: only for the others is it asked for. */
async function unlessAborted<T>(work: Promise<T>, options: ServiceCallOptions): Promise<T> {
  let isDone = false;
  const settle = () => void (isDone = true);
  work.then(settle, settle);
  for (let step = 0; step < atOnceSteps && !isDone; step += 1) await Promise.resolve();
  const signal = isDone ? undefined : options.signal;
  if (signal === undefined) return work;
  signal.throwIfAborted();
  const aborted = new Deferred<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
