import type { Class, ServedClass } from '../container/index.js';
import type { ServiceContract } from './service-calls.js';

/** A class of a module that implements a service for other modules; goes into `serves` of `@Module`. */
export class ServedByClass implements ServedClass {
  readonly service: ServiceContract;
  readonly useClass: Class;

  /** @internal Use `servedBy` of a service. */
  constructor(service: ServiceContract, useClass: Class) {
    this.service = service;
    this.useClass = useClass;
  }
}

/** By its shape, so that two copies of this package get along. */
export function isServedByClass(candidate: ServedClass): candidate is ServedByClass {
  return 'service' in candidate;
}
