import assert from 'node:assert/strict';
import { failureCases } from './services/failure-cases.js';
import { payloadCases } from './services/payload-cases.js';
import type { ServiceCase } from './services/service-case.js';

/** Everything that a service of `defineService` promises to the module that calls it. */
export const serviceContract: readonly ServiceCase[] = [
  {
    title: 'an implementation is told which module calls',
    run: async ({ geo, moduleId }) => {
      assert.deepEqual(await geo.locate({ ip: '10.0.0.1' }), { country: 'DE', moduleId });
    },
  },
  {
    title: 'calls run at once, and each gets its own answer',
    run: async ({ geo }) => {
      const numbers = Array.from({ length: 200 }, (_, index) => index);
      assert.deepEqual(
        await Promise.all(numbers.map((number) => geo.echo({ number }))),
        numbers.map((number) => ({ number })),
      );
    },
  },
  ...payloadCases,
  ...failureCases,
];
