import { getMaxListeners, once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, jest } from '@jest/globals';
import { CacheError, openCacheStore, StoreCache } from '../../../../src/cache/index.js';
import type { SharedStore } from '../../../../src/cache/load/leasing-store.js';
import { FailOpenStore } from '../../../../src/cache/fail-open-store.js';
import { Deferred } from '../../../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../../../src/logging/index.js';
import { closersAfterEach } from '../../../support/closers.js';

function recorded() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, logger: createLogger({ level: 'warn', redactor: new SecretRedactor(), write }) };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('getOrSet', () => {
  const closers = closersAfterEach();

  async function opened(logger = recorded().logger) {
    const store = await openCacheStore({ name: 'c', url: 'memory:' });
    const cache = closers.use(new StoreCache(store, logger));
    return { store, cache };
  }

  it('ends its loads when the cache is closed: callers fail with CLOSED, loaders are told', async () => {
    const { cache } = await opened();
    const signals: AbortSignal[] = [];
    const hangs = (key: string) => {
      const started = new Deferred<void>();
      const load = ({ signal }: { signal: AbortSignal }) => {
        signals.push(signal);
        started.resolve();
        return new Promise<never>(() => undefined);
      };
      return { started: started.promise, value: cache.getOrSet(key, load) };
    };
    const [one, two] = [hangs('one'), hangs('two')];
    await Promise.all([one.started, two.started]);
    const failures = Promise.allSettled([one.value, two.value]);
    await cache.close();
    for (const outcome of await failures)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await expect(cache.getOrSet('three', async () => 1)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('lets as many loads as there are wait for those of others, without a warning of Node', async () => {
    const { store } = await opened();
    const signals: (AbortSignal | undefined)[] = [];
    const cache = closers.use(new StoreCache(store));
    const lease = store.lease.bind(store);
    store.lease = (key, request, signal) => (signals.push(signal), lease(key, request, signal));
    await cache.getOrSet('key', async () => 1);
    expect(signals.map((signal) => getMaxListeners(signal!))).toEqual([Infinity]);
  });

  it('does not let a load in the background wait for itself, once what it renews has run out', async () => {
    const { lines, logger } = recorded();
    const { cache } = await opened(logger);
    await cache.getOrSet('key', async () => 'old', { ttl: '1ms', staleFor: '200ms' });
    let failure: unknown;
    const renew = async () => {
      await until(async () => !(await cache.exists('key')));
      return cache.getOrSet('key', async () => 'never', { timeout: '1m' }).catch((error: unknown) => (failure = error));
    };
    await until(async () => {
      await cache.getOrSet('key', renew, { ttl: '1ms', staleFor: '200ms' });
      return failure !== undefined;
    });
    expect(failure).toMatchObject({ code: 'OPERATION', message: expect.stringContaining('waits for "key"') });
    expect(lines).toEqual([]);
  });

  it('loads what is asked for in a loader that is over', async () => {
    const { cache } = await opened();
    const isOver = new Deferred<void>();
    let later: Promise<unknown> | undefined;
    await cache.getOrSet('key', async () => {
      later = isOver.promise.then(async () => cache.getOrSet('key', async () => 'second', { ttl: '1m' }));
      return 'first';
    });
    await cache.delete('key');
    const third = cache.getOrSet('key', async () => 'third');
    isOver.resolve();
    expect([await later, await third]).toEqual(['third', 'third']);
  });

  it('ends a load in the background when the cache is closed, without a word', async () => {
    const { lines, logger } = recorded();
    const { cache } = await opened(logger);
    await cache.getOrSet('key', async () => 'old', { ttl: '1ms', staleFor: '1m' });
    let isLoading = false;
    const load = () => {
      isLoading = true;
      return new Promise<never>(() => undefined);
    };
    await until(async () => {
      await cache.getOrSet('key', load, { ttl: '1ms', staleFor: '1m' });
      return isLoading;
    });
    await cache.close();
    expect(lines).toEqual([]);
  });

  it('logs a failure in the background once a minute and asks the source again a second later at the earliest', async () => {
    const { lines, logger } = recorded();
    const { cache } = await opened(logger);
    await cache.getOrSet('key', async () => 'old', { ttl: '1ms', staleFor: '1m' });
    let failures = 0;
    const ask = () =>
      cache.getOrSet(
        'key',
        () => {
          failures += 1;
          throw new Error('the source is down');
        },
        { ttl: '1ms', staleFor: '1m' },
      );
    const from = performance.now();
    await until(async () => {
      expect(await ask()).toBe('old');
      return failures > 1;
    });
    expect(performance.now() - from).toBeGreaterThan(900);
    expect(lines).toEqual([
      expect.objectContaining({
        msg: 'a stale entry of a cache could not be loaded anew',
        cache: 'c',
        key: '"key"',
        error: 'the source is down',
        times: 1,
      }),
    ]);
  });

  it('fails with what a loader throws at once', async () => {
    const { cache } = await opened();
    const load = () => {
      throw new TypeError('odd');
    };
    await expect(cache.getOrSet('key', load)).rejects.toThrow('odd');
    expect(await cache.getOrSet('key', async () => 1)).toBe(1);
  });

  it('takes what a loader got while the loop was blocked beyond its timeout', async () => {
    const { cache } = await opened();
    const { port1, port2 } = new MessageChannel();
    await new Promise((resolve) => setImmediate(resolve));
    const load = async () => {
      port2.postMessage('in time');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      return ((await once(port1, 'message')) as string[])[0];
    };
    expect(await cache.getOrSet('key', load, { timeout: '10ms' })).toBe('in time');
    port1.close();
  });

  it('holds its lease for as long as it loads', async () => {
    jest.useFakeTimers();
    try {
      const { store, cache } = await opened();
      const loaded = new Deferred<number>();
      const value = cache.getOrSet('key', () => loaded.promise, { timeout: '1h' });
      for (let passed = 0; passed < 60; passed += 1) await jest.advanceTimersByTimeAsync(1_000);
      expect(await store.lease('key', { waitMs: 0 })).toEqual({ kind: 'busy' });
      loaded.resolve(1);
      expect(await value).toBe(1);
      expect(await store.lease('key', { waitMs: 0 })).toMatchObject({ kind: 'found' });
    } finally {
      jest.useRealTimers();
    }
  });

  it('gives its lease back when the value cannot be kept', async () => {
    const { store, cache } = await opened();
    await expect(cache.getOrSet('key', async () => new Map())).rejects.toMatchObject({ code: 'SERIALIZATION' });
    const large = async () => 'x'.repeat(11 * 1024 ** 2);
    await expect(cache.getOrSet('key', large)).rejects.toMatchObject({ code: 'FULL' });
    expect(await store.lease('key', { waitMs: 0 })).toMatchObject({ kind: 'load' });
  });

  it('counts a miss and a set for what is loaded, and a hit for what is found', async () => {
    const { cache } = await opened();
    await cache.getOrSet('key', async () => 1);
    await cache.getOrSet('key', async () => 2);
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 1, sets: 1, deletes: 0 });
  });

  it('loads once in the process while a fail-open cache is away, and returns the value', async () => {
    const { store } = await opened();
    const away = () => Promise.reject(new CacheError('CONNECTION', 'the server is away'));
    const names = ['get', 'find', 'set', 'lease', 'settle', 'extendLease'] as const;
    const broken = Object.create(store, {
      description: { value: 'broken' },
      ...Object.fromEntries(names.map((name) => [name, { value: away }])),
    }) as SharedStore;
    const cache = new StoreCache(new FailOpenStore(broken, undefined));
    let loads = 0;
    const load = async () => (loads += 1);
    expect(await Promise.all([1, 2, 3].map(() => cache.getOrSet('key', load)))).toEqual([1, 1, 1]);
    expect(await cache.getOrSet('key', load, { ttl: '1m', staleFor: '1m' })).toBe(2);
  });

  it('stores nothing where a fail-open cache did not give the lease in time, so that a load waits once', async () => {
    const { store } = await opened();
    const asked: string[] = [];
    let code: 'TIMEOUT' | 'CONNECTION' = 'TIMEOUT';
    const hangs = (name: string) => () => {
      asked.push(name);
      return Promise.reject(new CacheError(code, 'it hangs'));
    };
    const broken = Object.create(store, {
      lease: { value: hangs('lease') },
      settle: { value: hangs('settle') },
    }) as SharedStore;
    const cache = new StoreCache(new FailOpenStore(broken, undefined));
    expect(await cache.getOrSet('key', async () => 1)).toBe(1);
    expect(asked.splice(0)).toEqual(['lease']);
    // Which is known at once.
    code = 'CONNECTION';
    expect(await cache.getOrSet('key', async () => 2)).toBe(2);
    expect(asked).toEqual(['lease', 'settle']);
    expect(await cache.stats()).toMatchObject({ misses: 2 });
  });
});
