import { expect, it } from '@jest/globals';
import { KnownOperations } from '../../../../src/orchestrator/metrics/known-operations.js';
import { ModuleServiceBroker } from '../../../../src/orchestrator/routing/module-service-broker.js';
import { silentLogger } from '../../foundation/silent-logger.js';

it('names the operations a module has announced, as far as they can be names, and those of its next launch', () => {
  let announced: readonly string[] = [];
  const server = { id: 'm', running: undefined, whenRunning: async () => undefined, operationsOf: () => announced };
  const broker = new ModuleServiceBroker('geo', server, silentLogger);
  const known = new KnownOperations([broker]);
  const nameOf = (operation: string) => known.nameOf({ Custom: 'geo' }, operation).operation;
  expect(['locate', 'open'].map(nameOf)).toEqual(['other', 'open']);
  announced = ['locate', 'no name', ...Array.from({ length: 200 }, (_, index) => `op${index}`)];
  expect(['locate', 'no name', 'op50', 'op150', 'close'].map(nameOf)).toEqual([
    'locate',
    'other',
    'op50',
    'other',
    'close',
  ]);
  announced = ['annotate'];
  expect(['locate', 'annotate'].map(nameOf)).toEqual(['other', 'annotate']);
});
