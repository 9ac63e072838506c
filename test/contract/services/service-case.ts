import assert from 'node:assert/strict';
import { ServiceError } from '../../../src/services/index.js';
import type { ContractCase } from '../contract-case.js';
import type { Geo } from './geo.js';

export interface ServiceFixture {
  readonly geo: Geo;
  /** Of the module that calls. */
  readonly moduleId: string;
}

export type ServiceCase = ContractCase<ServiceFixture>;

/** The error of a call that must fail with that code, checked to be of the one class that is documented. */
export async function failureOf(work: Promise<unknown>, code: string): Promise<ServiceError> {
  const error: unknown = await work.then(
    () => assert.fail(`should have failed with ${code}`),
    (reason: unknown) => reason,
  );
  assert.equal((error as Error).name, 'ServiceError', String(error));
  const { family, code: actual } = error as ServiceError;
  assert.deepEqual([family, actual], ['service', code], String(error));
  return error as ServiceError;
}
