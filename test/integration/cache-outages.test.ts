import { describe, expect, it } from '@jest/globals';
import {
  type CacheError,
  type CacheOptions,
  type CacheStore,
  openCache,
  openCacheStore,
} from '../../src/cache/index.js';
import { settlesWithin } from '../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { closersAfterEach } from '../support/closers.js';
import { describeWithMemcached, MemcachedProcess } from './memcached-process.js';
import { until } from './orchestrator-fixture.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const text = (value: string) => Buffer.from(value);

/** One that forgets everything when it is killed. */
type CacheServer = Pick<RedisServer | MemcachedProcess, 'url' | 'launch' | 'kill' | 'signal'> & {
  /** How many entries and locks it was asked to store since it began. */
  stored(): Promise<number>;
  close(): Promise<void>;
};

interface ServerKind {
  readonly kind: string;
  readonly describe: typeof describe | typeof describe.skip;
  readonly start: () => Promise<CacheServer>;
}

async function startRedis(): Promise<CacheServer> {
  const server = await RedisServer.start();
  return Object.assign(server, {
    stored: async () => {
      const client = server.client();
      const told = (await client.info('commandstats')).matchAll(/cmdstat_(?:set|evalsha?):calls=(\d+)/g);
      client.disconnect();
      return Array.from(told, ([, calls]) => Number(calls)).reduce((sum, calls) => sum + calls, 0);
    },
  });
}

async function startMemcached(): Promise<CacheServer> {
  const server = await MemcachedProcess.start();
  return Object.assign(server, {
    close: () => server.kill(),
    stored: async () => Number(/STAT cmd_set (\d+)/.exec(await server.command('stats', 'END\r\n'))![1]),
  });
}

const kinds: readonly ServerKind[] = [
  { kind: 'Redis', describe: describeWithRedis(), start: startRedis },
  { kind: 'memcached', describe: describeWithMemcached(), start: startMemcached },
];

for (const { kind, describe: describeKind, start } of kinds) {
  describeKind(`a cache on a ${kind} that goes away`, () => {
    const closers = closersAfterEach();

    async function started(): Promise<CacheServer> {
      return closers.use(await start());
    }

    const opened = async (options: Omit<CacheOptions, 'name'>) =>
      closers.use(await openCacheStore({ name: 'sessions', ...options }));

    /** Writes until it is there: at first a fail-open cache loses what is written. */
    async function writtenAgain(cache: CacheStore): Promise<void> {
      await until(async () => {
        await cache.set('key', text('again')).catch(() => undefined);
        return String(await cache.get('key').catch(() => '')) === 'again';
      }, 'it is written and read');
    }

    /** A cache whose server holds still, and what an operation fails with then. */
    async function hung(): Promise<{ server: CacheServer; cache: CacheStore; failure: unknown }> {
      const server = await started();
      const cache = await opened({ url: server.url, timeout: '200ms' });
      await writtenAgain(cache);
      server.signal('SIGSTOP');
      // Its threads may stop one by one.
      let failure: unknown;
      while (failure === undefined)
        failure = await cache.get('key').then(
          () => undefined,
          (error: unknown) => error,
        );
      return { server, cache, failure };
    }

    it('comes back by itself when the server does, empty, and fails with CONNECTION in time while it is away', async () => {
      const server = await started();
      const cache = await opened({ url: server.url, timeout: '20s' });
      const impatient = await opened({ url: server.url, timeout: '300ms' });
      await cache.set('key', text('1'));
      await writtenAgain(impatient);
      await server.kill();
      for (const work of [() => impatient.get('key'), () => impatient.get('key')])
        await expect(work()).rejects.toMatchObject({ code: 'CONNECTION', retryable: true });
      const waiting = cache.get('key');
      await server.launch();
      expect(await waiting).toBeUndefined();
      await cache.set('key', text('2'));
      expect(String(await cache.get('key'))).toBe('2');
    });

    it('fails with CONNECTION when the server is away at first, and finds it when it has come', async () => {
      const server = await started();
      await server.kill();
      const cache = await opened({ url: server.url, timeout: '200ms' });
      await expect(cache.set('key', text('1'))).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringContaining('ECONNREFUSED'),
      });
      await server.launch();
      await writtenAgain(cache);
    });

    it('waits no longer than its timeout for a server that holds still, and uses it again when it goes on', async () => {
      const { server, cache, failure } = await hung();
      expect(failure).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('within 200 ms') });
      // Sooner or later the connection that says nothing is given up.
      for (const work of [() => cache.increment('count', 1), () => cache.lock('key', 1_000), () => cache.stats()])
        await expect(work()).rejects.toMatchObject({ code: expect.stringMatching(/^(?:TIMEOUT|CONNECTION)$/) });
      server.signal('SIGCONT');
      await writtenAgain(cache);
    });

    it('is closed without a wait for operations that are late already', async () => {
      const { cache } = await hung();
      // Far less than the ten seconds for what may still be answered.
      expect(await settlesWithin(cache.close(), 8_000)).toBe(true);
    });

    it('asks one that hangs by few operations, and by all as soon as it answers', async () => {
      const server = await started();
      const cache = await opened({ url: server.url, timeout: '150ms' });
      const open = await opened({ url: server.url, timeout: '150ms', onFailure: 'fail-open' });
      await writtenAgain(cache);
      await until(async () => (await open.get('key')) !== undefined, 'it is connected');
      server.signal('SIGSTOP');
      const failures: CacheError[] = [];
      const read = () => cache.get('key').catch((error: CacheError) => void failures.push(error));
      // The first may still be answered.
      while (failures.length < 6) await read();
      expect(failures.at(-1)).toMatchObject({
        code: 'CONNECTION',
        retryable: true,
        cause: failures.at(-2),
        message: expect.stringMatching(
          /is not asked: it failed 5 times in a row.*the last time: .*did not answer within/,
        ),
      });
      for (let reads = 0; reads < 200; reads += 1) expect(await open.get('key')).toBeUndefined();
      server.signal('SIGCONT');
      await writtenAgain(cache);
      await writtenAgain(open);
    });

    describe('and fails open', () => {
      it('misses instead of failing, says so once, and comes back', async () => {
        const server = await started();
        const lines: string[] = [];
        const write = (line: string) => void lines.push(line);
        const logger = createLogger({ level: 'warn', redactor: new SecretRedactor(), write });
        const cache = await opened({ url: `${server.url}?failure=fail-open`, timeout: '200ms', logger });
        const before = performance.now();
        await writtenAgain(cache);
        expect(cache.description).toContain('(fail-open)');
        await server.kill();
        expect(await cache.get('key')).toBeUndefined();
        await cache.set('key', text('2'));
        expect((await cache.getMany(['key', 'other'])).size).toBe(0);
        expect([await cache.delete('key'), await cache.exists('key'), await cache.lock('key', 1_000)]).toEqual([
          false,
          false,
          undefined,
        ]);
        const increment = () => cache.increment('n', 1);
        for (const untrue of [increment, () => cache.setIfAbsent('key', text('3')), () => cache.ping()])
          await expect(untrue()).rejects.toMatchObject({ code: 'CONNECTION' });
        // Unless the machine stood still for a minute.
        if (performance.now() - before < 60_000)
          expect(lines.filter((line) => line.includes('a cache is away'))).toHaveLength(1);
        expect(lines.join('')).toContain('a cache has no connection');
        await server.launch();
        await writtenAgain(cache);
        expect((await cache.stats()).misses).toBeGreaterThanOrEqual(3);
      });

      it('waits for nothing while the server is known to be away', async () => {
        const server = await started();
        const cache = await opened({ url: server.url, timeout: '1m', onFailure: 'fail-open' });
        await cache.set('key', text('1'));
        await server.kill();
        for (let count = 0; count < 50; count += 1) expect(await cache.get('key')).toBeUndefined();
        await expect(cache.increment('count', 1)).rejects.toMatchObject({ code: 'CONNECTION' });
        await server.launch();
        await writtenAgain(cache);
      });

      it('waits for one that hangs once for each load, not for the lease and for what it would store', async () => {
        const server = await started();
        const cache = closers.use(
          await openCache({ name: 'sessions', url: server.url, timeout: '1s', onFailure: 'fail-open' }),
        );
        const load = () => cache.getOrSet('key', async () => 'loaded', { ttl: '1h' });
        await until(async () => (await load()) === 'loaded' && (await cache.exists('key')), 'it is stored');
        await cache.delete('key');
        const stored = await server.stored();
        server.signal('SIGSTOP');
        // Its threads may stop one by one.
        await until(async () => {
          const before = performance.now();
          await cache.exists('key');
          return performance.now() - before >= 900;
        }, 'it hangs');
        for (const value of ['1', '2']) expect(await cache.getOrSet(value, async () => value)).toBe(value);
        server.signal('SIGCONT');
        // What it was sent while it hung it does now.
        await until(
          () =>
            cache.ping().then(
              () => true,
              () => false,
            ),
          'it answers again',
        );
        expect(await server.stored()).toBe(stored);
        expect(await load()).toBe('loaded');
        expect(await cache.get('key')).toBe('loaded');
      });
    });
  });
}

describeWithMemcached()('a cache on two memcached of which one is away, and fails open', () => {
  const closers = closersAfterEach();

  // Whichever it is, one of them has the locks.
  it.each([0, 1])('still keeps what is loaded where the other is (%i)', async (away) => {
    const servers = [await startMemcached(), await startMemcached()];
    for (const server of servers) closers.use(server);
    const url = servers
      .map((server) => server.url)
      .join(',')
      .replace(/,memcached:\/\//, ',');
    const cache = closers.use(await openCache({ name: 'sessions', url, timeout: '300ms', onFailure: 'fail-open' }));
    await servers[away]!.kill();
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
    const load = () => Promise.all(keys.map((key) => cache.getOrSet(key, async () => key)));
    const found = async () => (await Promise.all(keys.map((key) => cache.get(key)))).filter(Boolean).length;
    await until(
      async () => (await load()).length === keys.length && (await found()) > 5,
      'those of the other are found',
    );
    expect(await found()).toBeLessThan(keys.length);
  });
});
