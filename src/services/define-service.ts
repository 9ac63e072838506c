import { type Class, type InjectDecorator, injectKey, resourceToken, type Token } from '../container/index.js';
import { DirectService } from './direct-service.js';
import type { OperationTable } from './operation.js';
import { ServedByClass } from './served-by-class.js';
import { ServedService } from './served-service.js';
import { serviceContract, type ServiceContract } from './service-calls.js';
import type { ServiceClient } from './service-client.js';
import type { DirectContext, ServiceHandlers } from './service-handlers.js';

/**
 * A service that somebody defined: what modules inject, and what implements it. The same operation table is behind all
 * of them.
 */
export class ServiceDefinition<O extends OperationTable> {
  readonly id: string;
  readonly operations: O;
  readonly #contract: ServiceContract;
  readonly #token: symbol;

  /** @internal Use `defineService`. */
  constructor(id: string, operations: O) {
    this.id = id;
    this.operations = operations;
    this.#contract = serviceContract(id, operations);
    // Of its own, so that two definitions with one id never answer for each other.
    this.#token = resourceToken(
      { kind: serviceKind, name: id, options: this.#contract },
      `service:${crypto.randomUUID()}`,
    );
  }

  /** @internal Use `serviceToken`. */
  get token(): symbol {
    return this.#token;
  }

  /**
   * For `services` of `@Module`: makes the implementation when the module runs without an orchestrator and something
   * injects the service. The module ends it: what has `Symbol.asyncDispose` or `Symbol.dispose` is disposed of.
   */
  direct(create: (context: DirectContext) => ServiceHandlers<O> | Promise<ServiceHandlers<O>>): DirectService {
    return new DirectService(this.#contract, this.#token, create);
  }

  /**
   * For `serves` of `@Module`: other modules reach the class through the orchestrator, as far as its configuration lets
   * them. The container makes one instance of it, with whatever that injects.
   */
  servedBy(useClass: Class<ServiceHandlers<O>>): ServedByClass {
    return new ServedByClass(this.#contract, useClass);
  }

  /**
   * For `services` of `startOrchestrator` and `.service(…)` of `testModule`. The handlers stay the caller's: nobody ends
   * them. Throws ServiceError CONFIGURATION when one is missing.
   */
  serve(handlers: ServiceHandlers<O>): ServedService {
    return new ServedService(this.#contract, this.#token, handlers);
  }
}

/** The kind of resource that services are to the container. */
export const serviceKind = 'service';

/** What modules see of a service: `type Geo = ServiceOf<typeof Geo>`. */
export type ServiceOf<D> = D extends ServiceDefinition<infer O> ? ServiceClient<O> : never;

/** What implements a service: `class LocalGeo implements HandlersOf<typeof Geo>`. */
export type HandlersOf<D> = D extends ServiceDefinition<infer O> ? ServiceHandlers<O> : never;

/**
 * Defines a service: `id` is its name on the wire (`{"Custom":"geo"}`) and in the configuration, the table says what can
 * be called. Throws `ValueError` for an id, an operation or a timeout that cannot be used.
 */
export function defineService<O extends OperationTable>(id: string, operations: O): ServiceDefinition<O> {
  return new ServiceDefinition(id, operations);
}

/** The token of a service; its type is that of `ServiceOf`. */
export function serviceToken<O extends OperationTable>(service: ServiceDefinition<O>): Token<ServiceClient<O>> {
  return service.token;
}

/** Injects a service, into a constructor parameter or a property. */
export function InjectService<O extends OperationTable>(service: ServiceDefinition<O>): InjectDecorator {
  const definition = service as ServiceDefinition<O> | undefined;
  return injectKey('@InjectService', definition?.token);
}
