import type { InjectionKey } from '../container/index.js';
import type { ServiceContract } from './service-calls.js';
import { checkedHandlers, type Handlers, type OpenedHandlers, type ServiceImplementation } from './service-handlers.js';

/** An implementation that an orchestrator serves to the modules it is granted to. Whoever made it ends it. */
export class ServedService implements ServiceImplementation {
  readonly origin = 'served in this process';
  readonly provide: InjectionKey;
  readonly service: ServiceContract;
  readonly #handlers: Handlers;

  /** @internal Use `serve` of a service. */
  constructor(service: ServiceContract, provide: InjectionKey, handlers: Handlers) {
    this.service = service;
    this.provide = provide;
    this.#handlers = checkedHandlers(service, handlers);
  }

  async open(): Promise<OpenedHandlers> {
    return { handlers: this.#handlers, close: () => Promise.resolve() };
  }
}
