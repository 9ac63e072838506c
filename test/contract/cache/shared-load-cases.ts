import assert from 'node:assert/strict';
import type { Cache } from '../../../src/cache/index.js';
import { Deferred } from '../../../src/foundation/index.js';
import type { ContractCase } from '../contract-case.js';
import { until } from './cache-case.js';

/** Two handles on one cache that share nothing else. */
export interface SharedCaches {
  readonly one: Cache;
  readonly two: Cache;
}

export interface SharedLoadCase extends ContractCase<SharedCaches> {
  /** Whether all writes must pass through one process, which knows who loads. */
  readonly needsOneOrchestrator: boolean;
}

function promise(
  title: string,
  run: (caches: SharedCaches) => Promise<void>,
  needsOneOrchestrator = false,
): SharedLoadCase {
  const clearAndRun = async (caches: SharedCaches) => {
    await caches.one.clear();
    await run(caches);
  };
  return { title, needsOneOrchestrator, run: clearAndRun };
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

const brief = { ttl: '30ms', staleFor: '1m' } as const;

/** What `getOrSet` promises over several who share a cache. */
export const sharedLoadCases: readonly SharedLoadCase[] = [
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
  promise(
    'a write by another module over a stale entry wins over what was loaded meanwhile',
    async ({ one, two }) => {
      await one.getOrSet('key', async () => 'old', brief);
      const renewal = heldLoader();
      await until(async () => {
        await one.getOrSet('key', renewal.load, brief);
        return Promise.race([
          renewal.started.then(() => true),
          new Promise<boolean>((resolve) => setImmediate(resolve, false)),
        ]);
      }, 'it is loaded anew');
      await two.set('key', 'written');
      renewal.finish('old');
      await one.getOrSet('other', async () => 1);
      assert.equal(await two.get('key'), 'written');
    },
    true,
  ),
  promise('a lock of a user is apart from the leases of loads', async ({ one, two }) => {
    const lock = await two.lock('key', { ttl: '30s' });
    const odd = await two.lock('\0load:key', { ttl: '30s' });
    assert.equal(await one.getOrSet('key', async () => 'loaded'), 'loaded');
    assert.deepEqual([await lock?.release(), await odd?.release()], [true, true]);
  }),
];
