import type { Logger } from '../../foundation/index.js';
import type { ServiceBroker, ServiceConnection, ServiceOpenRequest } from '../../wire/index.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import { RoutedConnection } from './routed-connection.js';
import type { ServingModule } from './serving-module.js';

const mostOperations = 100;

/** Serves what a module implements to others, as `{"Custom": id}`. Which may open it is decided before it is asked. */
export class ModuleServiceBroker implements ServiceBroker {
  readonly serviceType: { readonly Custom: string };
  readonly #server: ServingModule;
  readonly #logger: Logger;
  #announced: readonly string[] | undefined;
  #operations: readonly string[] = [];

  constructor(service: string, server: ServingModule, logger: Logger) {
    this.serviceType = { Custom: service };
    this.#server = server;
    this.#logger = logger;
  }

  /** What the module says they are, as far as names of metrics may be made of it. */
  get operations(): readonly string[] {
    const announced = this.#server.operationsOf(this.serviceType.Custom);
    if (announced !== this.#announced) {
      this.#announced = announced;
      this.#operations = announced.filter((name) => /^[a-zA-Z]\w{0,63}$/.test(name)).slice(0, mostOperations);
    }
    return this.#operations;
  }

  async open({ moduleId }: ServiceOpenRequest): Promise<ServiceConnection> {
    const { Custom: service } = this.serviceType;
    this.#logger.debug('service connection opened', { module: moduleId, service, servedBy: this.#server.id });
    return new RoutedConnection({ service, moduleId, server: this.#server });
  }
}

/** A broker for everything that modules of the configuration serve. */
export function moduleServices(
  modules: Iterable<ModuleConfig>,
  serverOf: (moduleId: string) => ServingModule,
  logger: Logger,
): ModuleServiceBroker[] {
  return [...modules].flatMap(({ id, serves }) =>
    [...serves].map((service) => new ModuleServiceBroker(service, serverOf(id), logger)),
  );
}
