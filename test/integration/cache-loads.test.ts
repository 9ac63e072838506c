import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { ModuleConfigInput } from '../../src/orchestrator/index.js';
import { repository } from './node-process.js';
import { startWith } from './orchestrator-fixture.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const main = join(repository, 'test/fixtures/mains/loads-an-entry.ts');
const command = [process.execPath, '--import', 'tsx', main];
const shared = { command, cwd: repository, restart: 'never' } as const;

interface Asked {
  readonly loads: number;
  readonly values: readonly number[];
}

describeWithRedis()('loads of several processes on one Redis', () => {
  let server: RedisServer;
  let running: Awaited<ReturnType<typeof startWith>>;
  beforeAll(async () => {
    server = await RedisServer.start();
    const proxied = (): ModuleConfigInput => ({ ...shared, caches: ['default'] });
    const direct = (): ModuleConfigInput => ({
      ...shared,
      caches: { default: 'direct' },
      env: { CACHE_URL: server.url },
    });
    running = await startWith({
      modules: { p1: proxied(), p2: proxied(), d1: direct(), d2: direct() },
      caches: { default: { url: server.url } },
    });
    await running.orchestrator.ready;
  }, 60_000);
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await server.close();
  });

  async function post<T>(path: string): Promise<T> {
    const response = await running.request(path, { method: 'POST' });
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  }

  it('are one, however many callers ask in all of them at once', async () => {
    for (const key of ['first', 'second', 'third']) {
      const asked = await Promise.all(['p1', 'd1', 'p2', 'd2'].map((id) => post<Asked>(`/${id}/ask/${key}/100`)));
      expect(asked.reduce((sum, { loads }) => sum + loads, 0)).toBe(1);
      expect(new Set(asked.flatMap(({ values }) => values)).size).toBe(1);
    }
  });

  it('are taken over when the process that loads is killed', async () => {
    const [proxied, direct] = await Promise.all([post<number>('/p1/hold/a'), post<number>('/d1/hold/b')]);
    for (const pid of [proxied, direct]) process.kill(pid, 'SIGKILL');
    const asked = await Promise.all([
      post<Asked>('/d2/ask/a/10'),
      post<Asked>('/p2/ask/a/10'),
      post<Asked>('/d2/ask/b/10'),
      post<Asked>('/p2/ask/b/10'),
    ]);
    expect(asked.map(({ values }) => values.length)).toEqual([1, 1, 1, 1]);
    expect(asked.reduce((sum, { loads }) => sum + loads, 0)).toBe(2);
  }, 60_000);
});
