import assert from 'node:assert/strict';
import type { Cache, CacheLoadOptions } from '../../../src/cache/index.js';
import { Deferred } from '../../../src/foundation/index.js';
import type { ContractCase } from '../contract-case.js';
import { until } from './cache-case.js';

/** Two handles on one cache that share nothing else. */
export interface SharedCaches {
  readonly one: Cache;
  readonly two: Cache;
}

function promise(title: string, run: (caches: SharedCaches) => Promise<void>): ContractCase<SharedCaches> {
  const clearAndRun = async (caches: SharedCaches) => {
    await caches.one.clear();
    await run(caches);
  };
  return { title, run: clearAndRun };
}

/** A loader that says when it runs and ends when it is told. */
function heldLoader() {
  const [started, gate] = [new Deferred<void>(), new Deferred<string>()];
  const load = () => {
    started.resolve();
    return gate.promise;
  };
  return {
    load,
    started: started.promise,
    finish: (value: string) => gate.resolve(value),
    fail: gate.reject.bind(gate),
  };
}

/** Begins to load a stale entry anew; `end` resolves when what was loaded has been stored or refused. */
async function renewing(cache: Cache, key: string, options: CacheLoadOptions) {
  const loader = heldLoader();
  let isStarted = false;
  void loader.started.then(() => (isStarted = true));
  await until(async () => {
    await cache.getOrSet(key, loader.load, options);
    return isStarted;
  }, 'it is loaded anew');
  const end = async (value: string) => {
    loader.finish(value);
    // Nobody says so: each of these takes as many steps, one after another, as that does.
    for (let round = 0; round < 3; round += 1) await cache.getOrSet(`${key} ${round}`, async () => round);
  };
  return { end };
}

const brief = { ttl: '30ms', staleFor: '1m' } as const;

/** What `getOrSet` promises over several who share a cache. */
export const sharedLoadCases: readonly ContractCase<SharedCaches>[] = [
  promise('an entry that all ask for at once is loaded once', async ({ one, two }) => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return loads;
    };
    const callers = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : two).getOrSet('key', load));
    assert.deepEqual(new Set(await Promise.all(callers)), new Set([1]));
    assert.equal(loads, 1);
  }),
  promise('when a load fails, its callers fail and the others load for themselves', async ({ one, two }) => {
    const first = heldLoader();
    const failing = one.getOrSet('key', first.load);
    await first.started;
    const waiting = two.getOrSet('key', async () => 'second');
    const failure = new Error('the source is down');
    first.fail(failure);
    await assert.rejects(failing, (error) => error === failure);
    assert.equal(await waiting, 'second');
    assert.equal(await one.get('key'), 'second');
  }),
  promise('who waits for the load of another longer than timeout fails with TIMEOUT', async ({ one, two }) => {
    const first = heldLoader();
    const loading = one.getOrSet('key', first.load);
    await first.started;
    const impatient = two.getOrSet('key', async () => 'never', { timeout: '50ms' });
    await assert.rejects(impatient, { name: 'CacheError', code: 'TIMEOUT', message: /somebody else has been loading/ });
    first.finish('late');
    assert.equal(await loading, 'late');
    assert.equal(await two.get('key'), 'late');
  }),
  promise('a delete by another while an entry is loaded wins over what was loaded', async ({ one, two }) => {
    const old = heldLoader();
    const loading = one.getOrSet('key', old.load);
    await old.started;
    await two.delete('key');
    old.finish('old');
    assert.equal(await loading, 'old');
    assert.equal(await two.getOrSet('key', async () => 'fresh'), 'fresh');
    assert.equal(await one.get('key'), 'fresh');
  }),
  promise('a clear by another while entries are loaded wins over what it is about', async ({ one, two }) => {
    for (const [namespace, isKept] of [
      ['ns', true],
      [undefined, false],
    ] as const) {
      const [inside, outside] = [heldLoader(), heldLoader()];
      const loading = [one.getOrSet('ns:key', inside.load), one.getOrSet('nsx:key', outside.load)];
      await Promise.all([inside.started, outside.started]);
      await two.clear(namespace === undefined ? {} : { namespace });
      inside.finish('old');
      outside.finish('old');
      assert.deepEqual(await Promise.all(loading), ['old', 'old']);
      assert.deepEqual([await one.get('ns:key'), await one.get('nsx:key')], [undefined, isKept ? 'old' : undefined]);
      await one.clear();
    }
  }),
  promise('a write by another where nothing was wins over what was loaded meanwhile', async ({ one, two }) => {
    const old = heldLoader();
    const loading = one.getOrSet('key', old.load);
    await old.started;
    await two.set('key', 'written');
    old.finish('old');
    await loading;
    assert.equal(await one.get('key'), 'written');
  }),
  promise('a stale entry that all find is loaded anew by one of them', async ({ one, two }) => {
    await one.getOrSet('key', async () => 'old', brief);
    let loads = 0;
    const gate = new Deferred<string>();
    const load = () => {
      loads += 1;
      return gate.promise;
    };
    const options = { ttl: '1h', staleFor: '1m' } as const;
    const ask = () => Promise.all([one, two].map((cache) => cache.getOrSet('key', load, options)));
    await until(async () => {
      assert.deepEqual(await ask(), ['old', 'old']);
      return loads > 0;
    }, 'the value becomes stale');
    for (let round = 0; round < 5; round += 1) assert.deepEqual(await ask(), ['old', 'old']);
    assert.equal(loads, 1);
    gate.resolve('new');
    await until(async () => (await two.getOrSet('key', load, options)) === 'new', 'the new value is stored');
    assert.deepEqual(await ask(), ['new', 'new']);
    assert.equal(loads, 1);
  }),
  promise('a write by another over a stale entry wins over what was loaded meanwhile', async ({ one, two }) => {
    const writes = [
      () => two.set('key', 'written'),
      () => two.set('key', 'written', { ttl: '30s' }),
      () => two.getAndSet('key', 'written'),
      () => two.increment('key'),
    ];
    for (const write of writes) {
      await one.getOrSet('key', async () => 1, brief);
      const renewal = await renewing(one, 'key', brief);
      await write();
      const written = await two.get('key');
      await renewal.end('outdated');
      assert.deepEqual(await two.get('key'), written);
      await two.delete('key');
    }
  }),
  promise('a stale entry that is gone when it has been loaded anew is stored', async ({ one, two }) => {
    await one.getOrSet('key', async () => 'old', { ttl: '1ms', staleFor: '1s' });
    const renewal = await renewing(one, 'key', { ttl: '1h', staleFor: '1s' });
    await until(async () => !(await two.exists('key')), 'the stale entry is gone');
    await renewal.end('new');
    await until(async () => (await two.get('key')) === 'new', 'the new one is stored');
  }),
  promise('an invalidation by another while entries are loaded wins over what has the tag', async ({ one, two }) => {
    await two.set('before', 1, { tags: ['t'] });
    const [tagged, other] = [heldLoader(), heldLoader()];
    const loading = [
      one.getOrSet('tagged', tagged.load, { tags: ['t', 'u'] }),
      one.getOrSet('other', other.load, { tags: ['u'] }),
    ];
    await Promise.all([tagged.started, other.started]);
    await two.invalidateTags(['t']);
    tagged.finish('old');
    other.finish('loaded');
    assert.deepEqual(await Promise.all(loading), ['old', 'loaded']);
    assert.deepEqual([await two.get('tagged'), await two.get('other')], [undefined, 'loaded']);
    assert.equal(await one.getOrSet('tagged', async () => 'fresh', { tags: ['t'] }), 'fresh');
    assert.equal(await two.get('tagged'), 'fresh');
    await two.invalidateTags(['t', 'u']);
    assert.deepEqual([await one.get('tagged'), await one.get('other')], [undefined, undefined]);
  }),
  promise('an invalidation by another wins over what is loaded anew for a stale entry', async ({ one, two }) => {
    const options = { ...brief, tags: ['t'] };
    await one.getOrSet('key', async () => 'old', options);
    const renewal = await renewing(one, 'key', options);
    await two.invalidateTags(['t']);
    await renewal.end('outdated');
    assert.equal(await two.get('key'), undefined);
  }),
  promise(
    'nothing that was loaded before is found after an invalidation, delete or clear, whatever overtakes what',
    async ({ one, two }) => {
      const ends = [() => two.invalidateTags(['t']), () => two.delete('ns:key'), () => two.clear({ namespace: 'ns' })];
      for (let round = 0; round < 90; round += 1) {
        const loader = heldLoader();
        const loading = one.getOrSet('ns:key', loader.load, { tags: ['t'] });
        await loader.started;
        loader.finish('old');
        for (let turn = 0; turn < round / 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        await ends[round % 3]!();
        await loading;
        assert.equal(await two.get('ns:key'), undefined, `round ${round}`);
      }
    },
  ),
  promise('a lock of a user is apart from the leases of loads', async ({ one, two }) => {
    const lock = await two.lock('key', { ttl: '30s' });
    const odd = await two.lock('\0load:key', { ttl: '30s' });
    assert.equal(await one.getOrSet('key', async () => 'loaded'), 'loaded');
    assert.deepEqual([await lock?.release(), await odd?.release()], [true, true]);
  }),
];
