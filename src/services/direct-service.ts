import type { DirectResource, InjectionKey } from '../container/index.js';
import type { ServiceContract } from './service-calls.js';
import {
  checkedHandlers,
  type DirectContext,
  type Handlers,
  type OpenedHandlers,
  type ServiceImplementation,
} from './service-handlers.js';

/** An implementation that a module makes for itself when it runs without an orchestrator; goes into `@Module` services. */
export class DirectService implements DirectResource, ServiceImplementation {
  readonly origin = 'services of @Module';
  readonly provide: InjectionKey;
  readonly service: ServiceContract;
  readonly #create: (context: DirectContext) => Handlers | Promise<Handlers>;

  /** @internal Use `direct` of a service. */
  constructor(
    service: ServiceContract,
    provide: InjectionKey,
    create: (context: DirectContext) => Handlers | Promise<Handlers>,
  ) {
    this.service = service;
    this.provide = provide;
    this.#create = create;
  }

  /** Makes the implementation. The caller closes it, which disposes of what was made if it can be disposed of. */
  async open(context: DirectContext): Promise<OpenedHandlers> {
    const handlers = checkedHandlers(this.service, await this.#create(context));
    return { handlers, close: () => dispose(handlers) };
  }
}

async function dispose(made: Partial<AsyncDisposable & Disposable>): Promise<void> {
  await made[Symbol.asyncDispose]?.();
  if (made[Symbol.asyncDispose] === undefined) made[Symbol.dispose]?.();
}
