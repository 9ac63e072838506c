import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { repository } from './node-process.js';
import { startWith } from './orchestrator-fixture.js';

const main = join(repository, 'test/fixtures/mains/starts-beside-others.mjs');
const ids = Array.from({ length: 10 }, (_, index) => `m${index}`);
const neighbourOf = (id: string) => ids[(ids.indexOf(id) + 1) % ids.length]!;
const valueOf = (id: string) => `the-secret-value-of-${id}`;
const keyed = <T>(valueFor: (id: string) => T): Record<string, T> =>
  Object.fromEntries(ids.map((id) => [id, valueFor(id)]));

describe('ten modules that start at once', () => {
  it('each have their own port, secret and cache, and share only what both were granted', async () => {
    await using app = await startWith({
      modules: keyed((id) => ({
        command: [process.execPath, main],
        cwd: repository,
        env: { NEIGHBOUR: neighbourOf(id) },
        caches: [id, 'shared'],
        secrets: [`KEY_${id}`],
      })),
      caches: { ...keyed(() => ({ url: 'memory:' })), shared: { url: 'memory:' } },
      secrets: [{ memory: Object.fromEntries(ids.map((id) => [`KEY_${id}`, valueOf(id)])) }],
    });
    await app.orchestrator.ready;
    const running = app.logged(/is running$/);
    const listens = running.map(({ listen }) => String(listen));
    expect(new Set(listens).size).toBe(10);
    const expected = running.map((line) => {
      const id = String(line['module']);
      return { id, key: valueOf(id), own: id, shared: neighbourOf(id), refused: 'ACCESS_DENIED' };
    });
    expect(expected.map(({ id }) => id).sort()).toEqual(ids);
    const found = (address: string) => fetch(`${address}/found`).then((response) => response.json());
    expect(await Promise.all(listens.map((listen) => found(`http://${listen}`)))).toEqual(expected);
    expect(await Promise.all(expected.map(({ id }) => found(`${app.orchestrator.gateway}/${id}`)))).toEqual(expected);
    for (const id of ids) expect(app.orchestrator.modules.get(id)).toMatchObject({ state: 'running', restarts: 0 });
  });
});
