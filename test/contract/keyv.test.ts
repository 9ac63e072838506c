import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keyvApiTests, keyvNamespaceTest, keyvValueTests } from '@keyv/test-suite';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { CacheBroker, openCache, openCacheStore, ProxiedCacheStore, StoreCache } from '../../src/cache/index.js';
import { KeyvCacheStore } from '../../src/keyv/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { cacheBackends, type OpenedBackend } from './cache/cache-backend.js';

type KeyvCase = (context: { readonly expect: typeof expect }) => unknown;

/** Keyv's suite is written for Vitest, of which it uses these, and takes `expect` from what a test is handed. */
const runner = {
  beforeEach,
  afterEach,
  it: (title: string, run: KeyvCase) => {
    const runContractCase = async () => run({ expect });
    it.each([{ title }])('$title', () => runContractCase());
  },
} as unknown as Parameters<typeof keyvApiTests>[0];

const worlds = [
  { world: 'direct', enter: async ({ cache }: OpenedBackend) => openCache(cache) },
  {
    world: 'proxied',
    enter: async ({ cache: options }: OpenedBackend) => {
      const store = await openCacheStore(options);
      const broker = new CacheBroker(() => store, silentLogger);
      const { name } = options;
      const connection = await broker.open({ moduleId: 'keyv', name, config: {}, typedValues: true });
      const cache = new StoreCache(new ProxiedCacheStore(name, connection));
      return Object.assign(cache, { close: () => Promise.all([connection.close(), store.close()]) });
    },
  },
];

for (const { backend, describe: describeOn, start } of cacheBackends)
  describeOn.each(worlds)(`Keyv on ${backend}, $world`, ({ enter }) => {
    let opened: OpenedBackend;
    let cache: StoreCache;
    beforeAll(async () => {
      opened = await start();
      cache = await enter(opened);
    });
    afterAll(async () => {
      await cache.close();
      await opened.close();
    });
    const store = (): KeyvStoreAdapter => new KeyvCacheStore(cache);
    const keyvOf = (namespace: string, options: object = {}) =>
      new Keyv({ ...options, store: store(), namespace, throwOnErrors: true });

    describe('passes the suite of Keyv', () => {
      describe('for its methods', () => void keyvApiTests(runner, Keyv, store));
      describe('for values', () => void keyvValueTests(runner, Keyv, store));
      describe('for namespaces', () => void keyvNamespaceTest(runner, Keyv, store));
    });

    it('clears its own namespace, whatever it is called, and nothing else of the cache', async () => {
      await cache.clear();
      await cache.setMany({ mine: 1, 'a:mine': 2, 'keyv:mine': 3 });
      const names = ['', 'a', 'a:b', 'a%3Ab', 'b', 'keyv', 'ключ 🔑'];
      for (const name of names) await keyvOf(name).set('key', name);
      for (const [index, name] of names.entries()) {
        await keyvOf(name).clear();
        for (const [other, kept] of names.entries())
          expect(await keyvOf(kept).get('key')).toBe(other > index ? kept : undefined);
      }
      expect((await cache.getMany(['mine', 'a:mine', 'keyv:mine'])).size).toBe(3);
    });

    it('keeps the entries of one Keyv that prefixes no keys apart from those of another', async () => {
      const [one, two] = [keyvOf('one', { useKeyPrefix: false }), keyvOf('two', { useKeyPrefix: false })];
      await one.set('key', 1);
      await two.set('key', 2);
      await two.clear();
      expect([await one.get('key'), await two.get('key')]).toEqual([1, undefined]);
    });

    it('writes many with a ttl for each, and answers for each', async () => {
      const keyv = keyvOf('many');
      const entries = [
        { key: 'stays', value: 1 },
        { key: 'huge', value: 2, ttl: Infinity },
        { key: 'over', value: 3 },
      ];
      expect(await keyv.setMany(entries.map((entry, index) => (index < 2 ? entry : { ...entry, ttl: -5 })))).toEqual([
        true,
        true,
        true,
      ]);
      expect(await keyv.getMany(['over', 'stays', 'huge', 'stays'])).toEqual([undefined, 1, 2, 1]);
      expect(await keyv.has(['stays', 'over'])).toEqual([true, false]);
      expect(await keyv.deleteMany(['stays', 'over'])).toBe(false);
    });

    it('lets the cache forget what is over, and not only Keyv', async () => {
      const keyv = keyvOf('ttl', { useKeyPrefix: false });
      const [stays, goes] = ['keyv/ttl:stays', 'keyv/ttl:goes'];
      await keyv.set('stays', 1, 60_000);
      await keyv.set('goes', 1, 30);
      const giveUpAt = Date.now() + 10_000;
      while ((await cache.exists(goes)) && Date.now() < giveUpAt) await cache.ping();
      expect([await cache.exists(stays), await cache.exists(goes)]).toEqual([true, false]);
    });

    it('takes what a Keyv without a serializer hands over', async () => {
      const keyv = keyvOf('plain', { serialize: undefined, deserialize: undefined });
      await keyv.set('key', { list: [1, 'two', null] });
      await keyv.set('later', 'text', 60_000);
      expect([await keyv.get('key'), await keyv.get('later')]).toEqual([{ list: [1, 'two', null] }, 'text']);
    });

    it('is no iterator, and leaves the cache open when Keyv disconnects', async () => {
      const keyv = keyvOf('ends');
      expect(keyv.iterator).toBeUndefined();
      await keyv.disconnect();
      expect(await cache.ping()).toBeUndefined();
    });
  });

describe('Keyv on a cache that is closed', () => {
  it('tells its listeners why, of gets too, which it answers with undefined', async () => {
    const cache = await openCache({ name: 'closed', url: 'memory:' });
    await cache.close();
    const keyv = new Keyv({ store: new KeyvCacheStore(cache) });
    const told: unknown[] = [];
    keyv.on('error', (error: unknown) => told.push(error));
    expect([await keyv.get('key'), await keyv.set('key', 1), await keyv.delete('key')]).toEqual([
      undefined,
      false,
      false,
    ]);
    expect(told).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ code: 'CLOSED' })));
  });

  it('rejects without a listener', async () => {
    const cache = await openCache({ name: 'closed', url: 'memory:' });
    await cache.close();
    await expect(new KeyvCacheStore(cache).get('key')).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
