import type { CalledService, ServiceBroker } from '../../wire/index.js';

/** A service and an operation, as metrics name them. */
export interface OperationName {
  readonly service: string;
  readonly operation: string;
}

/** How metrics call what no table knows. */
export const other = 'other';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

type Described = Pick<ServiceBroker, 'serviceType' | 'operations'>;

/** Keeps what peers write out of label values: an operation that is in no table counts as `other`. */
export class KnownOperations {
  readonly #own: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #brokers: ReadonlyMap<string, BrokerOperations>;

  constructor(brokers: readonly Described[]) {
    const custom = brokers.flatMap(({ serviceType: type }) => (typeof type === 'object' ? [type.Custom] : []));
    this.#own = new Map<string, ReadonlySet<string>>([
      ['http', new Set(methods)],
      ['served', new Set(custom)],
      ['secret', new Set(['get'])],
      ['port', new Set(['request'])],
      ['route', new Set(['call'])],
      ['rotation', new Set(['rotated'])],
    ]);
    this.#brokers = new Map(brokers.map((broker) => [nameOf(broker.serviceType), new BrokerOperations(broker)]));
  }

  nameOf(called: CalledService, operation: string): OperationName {
    const service = nameOf(called);
    const known = this.#brokers.get(service)?.now ?? this.#own.get(service);
    if (known === undefined) return { service: other, operation: other };
    return { service, operation: known.has(operation) ? operation : other };
  }
}

/** Of one broker; those of a module are known when it has announced itself. */
class BrokerOperations {
  readonly #broker: Described;
  #read: readonly string[] | undefined;
  #known: ReadonlySet<string> = new Set();

  constructor(broker: Described) {
    this.#broker = broker;
  }

  get now(): ReadonlySet<string> {
    const { operations } = this.#broker;
    if (operations !== this.#read) {
      this.#read = operations;
      this.#known = new Set(['open', 'close', ...operations]);
    }
    return this.#known;
  }
}

/** A service somebody called `http` is not mistaken for ours. */
function nameOf(service: CalledService): string {
  return typeof service === 'string' ? service.toLowerCase() : `custom:${service.Custom}`;
}
