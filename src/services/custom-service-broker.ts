import type { Logger } from '../foundation/index.js';
import type { ServiceBroker, ServiceConnection, ServiceOpenRequest } from '../wire/index.js';
import { HandlerConnection } from './handler-connection.js';
import type { ServedService } from './served-service.js';

/**
 * Serves one implementation to modules of any language, as `{"Custom": id}`. There is one of each id, so the name in a
 * request means nothing. Which module may open it is decided before the broker is asked.
 */
export class CustomServiceBroker implements ServiceBroker {
  readonly serviceType: { readonly Custom: string };
  readonly operations: readonly string[];
  readonly #served: ServedService;
  readonly #logger: Logger;

  constructor(served: ServedService, logger: Logger) {
    this.serviceType = { Custom: served.service.id };
    this.operations = [...served.service.calls.keys()];
    this.#served = served;
    this.#logger = logger;
  }

  async open({ moduleId }: ServiceOpenRequest): Promise<ServiceConnection> {
    const { service } = this.#served;
    const { handlers } = await this.#served.open();
    this.#logger.debug('service connection opened', { module: moduleId, service: service.id });
    return new HandlerConnection({ service, handlers, moduleId, logger: this.#logger });
  }
}
