import { type Logger, WireError } from '../foundation/index.js';
import type { ServiceCallOptions, WireJson } from '../wire/index.js';
import { HandlerConnection } from './handler-connection.js';
import { callOf, type ServiceContract } from './service-calls.js';
import { checkedHandlers, type Handlers } from './service-handlers.js';

/** A service that this process implements, ready to be called. */
export interface ReadyService {
  readonly service: ServiceContract;
  readonly handlers: Handlers;
}

/** A call of another module. */
export interface ServiceCall {
  readonly moduleId: string;
  /** `service/operation`. */
  readonly endpoint: string;
  readonly params: WireJson;
}

/** Hands the calls of other modules to what a module serves. */
export class ServiceDispatcher {
  readonly #services: ReadonlyMap<string, ReadyService>;
  readonly #logger: Logger;
  /** By service and caller. */
  readonly #connections = new Map<string, HandlerConnection>();

  /** Throws ServiceError CONFIGURATION when an implementation lacks an operation. */
  constructor(services: readonly ReadyService[], logger: Logger) {
    for (const { service, handlers } of services) checkedHandlers(service, handlers);
    this.#services = new Map(services.map((served) => [served.service.id, served]));
    this.#logger = logger;
  }

  /** By service; undefined when none is served. */
  get operations(): Readonly<Record<string, readonly string[]>> | undefined {
    if (this.#services.size === 0) return undefined;
    return Object.fromEntries([...this.#services].map(([id, { service }]) => [id, [...service.calls.keys()]]));
  }

  /**
   * Rejects with what the implementation threw, as a ServiceError; UNKNOWN_OPERATION; PEER_REFUSED for a service that is
   * not served here.
   */
  async call({ moduleId, endpoint, params }: ServiceCall, options: ServiceCallOptions): Promise<WireJson> {
    const slash = endpoint.indexOf('/');
    const [id, operation] = [endpoint.slice(0, slash), endpoint.slice(slash + 1)];
    const served = this.#services.get(id);
    if (!served) throw new WireError('PEER_REFUSED', `this module does not serve '${id}'`);
    // `close` among them, which would end the calls of all who share the connection.
    callOf(served.service, operation);
    return this.#connectionOf(served, moduleId).call(operation, params, options);
  }

  /** Ends the calls under way with CLOSED. */
  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
  }

  #connectionOf({ service, handlers }: ReadyService, moduleId: string): HandlerConnection {
    const key = `${service.id}/${moduleId}`;
    const known = this.#connections.get(key);
    if (known) return known;
    const connection = new HandlerConnection({ service, handlers, moduleId, logger: this.#logger });
    this.#connections.set(key, connection);
    return connection;
  }
}
