import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import type { ModuleConfigInput } from '../../src/orchestrator/index.js';
import { startWith } from './orchestrator-fixture.js';

const module = (more: Partial<ModuleConfigInput> = {}): ModuleConfigInput => ({
  command: [process.execPath, '--import', 'tsx', 'test/fixtures/mains/stores-big-values.ts'],
  cwd: resolve(import.meta.dirname, '../..'),
  databases: ['default'],
  restart: 'never',
  ...more,
});
const databases = { default: { url: 'sqlite:./values.db' } };

async function store(host: Awaited<ReturnType<typeof startWith>>, mebibytes: number): Promise<unknown> {
  await host.orchestrator.ready;
  return (await host.request(`/values/values/${mebibytes}`, { method: 'POST' })).json();
}

it('a SQLite value that is longer than a message names the bound and the key that raises it', async () => {
  await using host = await startWith({ modules: { values: module() }, databases });
  expect(await store(host, 64)).toMatchObject({
    code: 'SERIALIZATION',
    message: expect.stringMatching(/frames of 67108864; .* raise wire\.maxLine of the orchestrator/),
  });
  expect(await store(host, 1)).toEqual({ isSame: true });
}, 60_000);

it.each([
  ['the socket it inherits', {}],
  ['a channel of its own', { channels: { unix: 'required' } }],
] as const)(
  'wire.maxLine raises the bound at both ends, over %s',
  async (_, more) => {
    const wire = { maxLine: '96mb' };
    await using host = await startWith({ modules: { values: module(more) }, databases, wire });
    expect(await store(host, 70)).toEqual({ isSame: true });
    expect(await store(host, 1)).toEqual({ isSame: false });
  },
  60_000,
);
