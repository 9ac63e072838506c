import { didYouMean, type JsonObject, type Logger } from '../foundation/index.js';
import type {
  ServiceBroker,
  ServiceCallOptions,
  ServiceConnection,
  ServiceOpenRequest,
  WireJson,
} from '../wire/index.js';
import { type CacheCall, cacheCalls, type CacheOperation } from './cache-calls.js';
import { CacheError } from './cache-error.js';
import type { SharedStore } from './load/leasing-store.js';
import { changedBy } from './near/changed-keys.js';
import { nearCallOf, nearCalls } from './near/near-calls.js';
import { NearDirectory } from './near/near-directory.js';
import type { NearHolder } from './near/near-holder.js';
import type { NearGrants } from './near/near-limits.js';
import { nearFacts } from './near/near-terms.js';
import type { WireForm } from './wire-form.js';

/**
 * Serves the orchestrator's caches to modules of any language, as bytes. Modules that open the same name share one
 * store; closing a connection leaves it open. The stores belong to whoever opened them. Which module may open which
 * name is decided before the broker is asked.
 */
export class CacheBroker implements ServiceBroker {
  readonly serviceType = 'Cache';
  readonly operations = [...Object.keys(cacheCalls), ...Object.keys(nearCalls)];
  readonly #lookup: (name: string) => SharedStore | undefined;
  readonly #logger: Logger;
  readonly #near: ReadonlyMap<string, NearDirectory>;

  /** `near`: the caches that some modules may keep entries of in their own memory, by name. */
  constructor(
    lookup: (name: string) => SharedStore | undefined,
    logger: Logger,
    near: ReadonlyMap<string, NearGrants> = new Map(),
  ) {
    this.#lookup = lookup;
    this.#logger = logger;
    this.#near = new Map([...near].map(([name, grants]) => [name, new NearDirectory(grants)]));
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
    return new BrokeredCache(store, request, this.#near.get(request.name));
  }
}

/** A call under way, and how its result stands in the answer. */
interface Started {
  readonly form: WireForm<unknown>;
  readonly work: Promise<unknown>;
}

/** One module's connection to a shared store. */
class BrokeredCache implements ServiceConnection {
  readonly info: JsonObject;
  readonly typedValues: boolean;
  readonly #store: SharedStore;
  readonly #directory: NearDirectory | undefined;
  readonly #holder: NearHolder | undefined;
  #isClosed = false;

  constructor(store: SharedStore, { moduleId, typedValues }: ServiceOpenRequest, directory: NearDirectory | undefined) {
    const limits = typedValues ? directory?.limitsOf(moduleId) : undefined;
    this.#store = store;
    this.#directory = directory;
    this.#holder = limits && directory?.open(limits);
    this.typedValues = typedValues;
    this.info = {
      description: store.description,
      ...(typedValues && { gets_each: true }),
      ...(typedValues && store.maxBytes !== undefined && { max_bytes: store.maxBytes }),
      ...(limits && { near: nearFacts(limits) }),
    };
  }

  /** Settles at once when the signal aborts; what the store was asked to do may still be done. */
  call(operation: string, params: WireJson, options: ServiceCallOptions = {}): Promise<WireJson> {
    // One promise a call, and what is thrown in here rejects it.
    return new Promise((resolve, reject) => {
      if (operation === 'close') return resolve(this.close().then(() => null));
      if (this.#isClosed) throw new CacheError('CLOSED', `this connection to cache '${this.#store.name}' is closed`);
      const { form, work } = this.#near(operation, params) ?? this.#perform(operation, params, options);
      const answered = work.then((result) => form.write(result, this.typedValues)).then(resolve, reject);
      whenAborted(options, reject, answered);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#holder?.close();
  }

  #perform(operation: string, params: WireJson, options: ServiceCallOptions): Started {
    const call = this.#callOf(operation);
    const input = call.params.read(params, 'params');
    const work = call.perform(this.#store, input, options);
    const changed = this.#directory && changedBy(operation as CacheOperation, input);
    return { form: call.result, work: changed ? this.#directory.after(work, changed) : work };
  }

  #near(operation: string, params: WireJson): Started | undefined {
    const call = this.#holder && nearCallOf(operation);
    if (!call) return undefined;
    const held = { store: this.#store, holder: this.#holder };
    return { form: call.result, work: call.perform(held, call.params.read(params, 'params'), {}) };
  }

  #callOf(operation: string): CacheCall<unknown, unknown> {
    if (Object.hasOwn(cacheCalls, operation))
      return (cacheCalls as unknown as Record<string, CacheCall<unknown, unknown>>)[operation]!;
    const name = this.#store.name;
    const message = `cache '${name}': there is no operation '${operation}'${didYouMean(operation, [...Object.keys(cacheCalls), 'close'])}`;
    throw new CacheError('OPERATION', message, { details: { operation } });
  }
}

/** Who waits goes when the call is given up; the store goes on with it. Asks for no signal where it need not. */
function whenAborted(options: ServiceCallOptions, listener: (reason: unknown) => void, answered: Promise<void>): void {
  if (options.onAbort) return options.onAbort(listener);
  const { signal } = options;
  if (!signal) return;
  if (signal.aborted) return listener(signal.reason);
  const aborted = () => listener(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  void answered.then(() => signal.removeEventListener('abort', aborted));
}
