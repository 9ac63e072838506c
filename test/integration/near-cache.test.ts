import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ModuleConfigInput } from '../../src/orchestrator/index.js';
import { repository } from './node-process.js';
import { startWith } from './orchestrator-fixture.js';

const leaseMs = 2_000;
const main = join(repository, 'test/fixtures/mains/reads-and-writes.ts');
const moduleWith = (caches: ModuleConfigInput['caches']): ModuleConfigInput => ({
  command: [process.execPath, '--import', 'tsx', main],
  cwd: repository,
  restart: 'never',
  ...(caches && { caches }),
});

/** Two modules with a near cache and one without, over one cache. */
async function started() {
  const near = moduleWith({ default: { near: { max: '100kb', maxEntries: 100 } } });
  const app = await startWith({
    modules: { holder: near, other: near, writer: moduleWith(['default']) },
    caches: { default: { url: 'memory:' } },
  });
  await app.orchestrator.ready;
  const ask = async (module: string, path: string) => {
    const response = await app.request(`/${module}${path}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    pidOf: (module: string) => app.orchestrator.modules.get(module)!.pid!,
    read: async (module: string, key = 'key') => (await ask(module, `/read?key=${key}`))['value'],
    write: (module: string, value: string, key = 'key') => ask(module, `/write?key=${key}&value=${value}`),
    hits: async (module: string) => (await ask(module, '/stats'))['hits'] as number,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

describe('near caches of modules in processes of their own', () => {
  it('answer by themselves, and with the new value as soon as a write by anybody is acknowledged', async () => {
    await using site = await started();
    for (let round = 0; round < 30; round += 1) {
      await site.write(['writer', 'holder', 'other'][round % 3]!, `${round}`);
      for (const module of ['holder', 'other', 'holder', 'writer', 'other'])
        expect(await site.read(module)).toBe(`${round}`);
    }
    // The shared cache does not see what was found near.
    expect(await site.hits('holder')).toBeGreaterThan(await site.hits('writer'));
  });

  it('keep a write waiting for a module that is stopped (SIGSTOP) until its lease is over, and no longer', async () => {
    await using site = await started();
    await site.write('writer', 'old');
    const readAt = performance.now();
    expect(await site.read('holder')).toBe('old');
    process.kill(site.pidOf('holder'), 'SIGSTOP');
    try {
      await site.write('writer', 'new');
      expect(performance.now() - readAt).toBeGreaterThanOrEqual(leaseMs);
      expect(await site.read('other')).toBe('new');
      // What it does not hold any more it need not forget.
      await site.write('writer', 'newer');
    } finally {
      process.kill(site.pidOf('holder'), 'SIGCONT');
    }
    expect(await site.read('holder')).toBe('newer');
    await site.write('writer', 'newest');
    expect(await site.read('holder')).toBe('newest');
  });

  it('keep a write waiting no longer for a module that was killed', async () => {
    await using site = await started();
    await site.write('writer', 'old');
    const readAt = performance.now();
    expect(await site.read('holder')).toBe('old');
    process.kill(site.pidOf('holder'), 'SIGKILL');
    await site.write('writer', 'new');
    expect(performance.now() - readAt).toBeGreaterThanOrEqual(leaseMs);
    expect(await site.read('other')).toBe('new');
  });
});
