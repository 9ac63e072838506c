import { expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCache } from '../../src/cache/index.js';
import { NodeProcess, repository } from './node-process.js';
import { startWith, until } from './orchestrator-fixture.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { closersAfterEach } from '../support/closers.js';

const main = (name: string) => join(repository, 'test/fixtures/mains', `${name}.mjs`);
const [processes, rounds] = [8, 20];
/** Processes that begin all at once, on a busy machine, come late to read the replies. */
const patience = '?timeout=30s';

describeWithRedis()('a lock that many processes want', () => {
  const closers = closersAfterEach();

  async function started(): Promise<RedisServer> {
    return closers.use(await RedisServer.start());
  }

  /** Where they write who held it. */
  async function record(): Promise<{ env: Record<string, string>; lines: () => Promise<string[]> }> {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-locks-'));
    closers.push(() => rm(directory, { recursive: true, force: true }));
    const log = join(directory, 'log');
    return {
      env: { LOG: log, HOLDER: join(directory, 'holder'), ROUNDS: String(rounds), PORT: '0' },
      lines: async () => (existsSync(log) ? (await readFile(log, 'utf8')).trimEnd().split('\n') : []),
    };
  }

  /** Waits until all are done and returns the fences in the order in which they held it. */
  async function fences(lines: () => Promise<string[]>): Promise<number[]> {
    const giveUpAt = Date.now() + 60_000;
    let written: string[];
    do {
      written = await lines();
      expect(written.filter((line) => !/^(\d+|done)$/.test(line))).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    } while (written.filter((line) => line === 'done').length < processes && Date.now() < giveUpAt);
    return written.filter((line) => line !== 'done').map(Number);
  }

  function expectTurns(held: readonly number[]): void {
    expect(held).toHaveLength(processes * rounds);
    expect(held).toEqual([...new Set(held)].toSorted((a, b) => a - b));
  }

  it('has one holder at a time and fences that grow, on one Redis', async () => {
    const { env, lines } = await record();
    const { url } = await started();
    for (let index = 0; index < processes; index += 1) {
      const child = new NodeProcess([main('takes-turns')], { env: { ...env, CACHE_URL: url + patience }, input: null });
      closers.push(() => child[Symbol.asyncDispose]());
    }
    expectTurns(await fences(lines));
  }, 90_000);

  it.each(['memory:', 'redis:'])(
    'has one holder at a time and fences that grow, of modules of one orchestrator with %s',
    async (scheme) => {
      const { env, lines } = await record();
      const url = scheme === 'memory:' ? scheme : (await started()).url + patience;
      const command = [process.execPath, main('takes-turns')];
      const module = { command, cwd: repository, env, caches: ['default'], restart: 'never' as const };
      const ids = Array.from({ length: processes }, (_, index) => `turns-${index}`);
      const modules = Object.fromEntries(ids.map((id) => [id, { ...module }]));
      await using host = await startWith({ modules, caches: { default: { url } } });
      expectTurns(await fences(lines));
      expect(host.logged(/crash|died/)).toEqual([]);
    },
    90_000,
  );

  it('refuses a holder that was stopped past its ttl: it neither extends nor releases, and its fence is old', async () => {
    const { url } = await started();
    const cache = await openCache({ name: 'default', url });
    closers.push(() => cache.close());
    await using holder = new NodeProcess([main('holds-a-lock')], { env: { CACHE_URL: url }, input: null });
    const old = Number(await holder.match(/"fence":(\d+)/));
    holder.kill('SIGSTOP');
    // What the lock guards takes nothing from a fence below the highest it has seen.
    let highest = old;
    const accepts = (fence: number) => fence >= highest && (highest = fence) === fence;
    const next = await cache.lock('guarded', { ttl: '1m', wait: '20s' });
    expect(next!.fence).toBeGreaterThan(old);
    expect(accepts(next!.fence)).toBe(true);
    holder.kill('SIGCONT');
    holder.write({});
    const wrote = Number(await holder.match(/"extended":false,"released":false,"wrote":(\d+)/));
    expect(accepts(wrote)).toBe(false);
    expect(await cache.lock('guarded', { ttl: '1m' })).toBeNull();
    expect(await next!.release()).toBe(true);
    await until(() => holder.exited.then(() => true), 'the old holder ends');
  });
});
