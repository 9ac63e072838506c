import type { CalledService, ServiceBroker } from '../../wire/index.js';

/** A service and an operation, as metrics name them. */
export interface OperationName {
  readonly service: string;
  readonly operation: string;
}

/** How metrics call what no table knows. */
export const other = 'other';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Keeps what peers write out of label values: an operation that is in no table counts as `other`. */
export class KnownOperations {
  readonly #operations: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(brokers: readonly Omit<ServiceBroker, 'open'>[]) {
    this.#operations = new Map<string, ReadonlySet<string>>([
      ['http', new Set(methods)],
      ['secret', new Set(['get'])],
      ['port', new Set(['request'])],
      ['route', new Set(['call'])],
      ['rotation', new Set(['rotated'])],
      ['served', new Set(brokers.flatMap(({ serviceType: type }) => (typeof type === 'object' ? [type.Custom] : [])))],
      ...brokers.map(
        ({ serviceType, operations }) => [nameOf(serviceType), new Set(['open', 'close', ...operations])] as const,
      ),
    ]);
  }

  nameOf(called: CalledService, operation: string): OperationName {
    const service = nameOf(called);
    const operations = this.#operations.get(service);
    if (operations === undefined) return { service: other, operation: other };
    return { service, operation: operations.has(operation) ? operation : other };
  }
}

/** A service somebody called `http` is not mistaken for ours. */
function nameOf(service: CalledService): string {
  return typeof service === 'string' ? service.toLowerCase() : `custom:${service.Custom}`;
}
