import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { NodeProcess, repository } from './node-process.js';

const main = join(repository, 'test/fixtures/mains/forgets-its-secrets.ts');

describe('the values that a secret had', () => {
  it.each(['direct', 'proxied'])(
    'are nowhere in memory any more a day after they were retired, %s',
    async (world) => {
      await using program = new NodeProcess(['--expose-gc', '--import', 'tsx', main, world], {
        env: { LOG_LEVEL: 'error' },
      });
      await program.exited;
      // The last one is in force.
      expect([program.stdout, program.stderr]).toEqual(['[false,false,true]\n', '']);
    },
    60_000,
  );
});
