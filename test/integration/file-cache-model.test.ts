import { describe, expect, it } from '@jest/globals';
import type { CacheStore } from '../../src/cache/index.js';
import { FileStore } from '../../src/cache/file/file-store.js';
import { evictionPolicies, type EvictionPolicyName } from '../../src/cache/memory/eviction-policy.js';
import { MemoryStore } from '../../src/cache/memory/memory-store.js';
import { TestDirectory } from '../../src/testing/test-directory.js';
import { closersAfterEach } from '../support/closers.js';
import { pseudoRandom } from '../unit/cache/pseudo-random.js';

type Step = (store: CacheStore) => Promise<unknown>;

/** Operations of all kinds on a few keys, so that a small cache is full most of the time. */
function stepsOf(random: () => number): () => Step {
  const below = (limit: number) => Math.floor(random() * limit);
  const key = () => `k${below(12)}`;
  const value = () => Buffer.alloc(below(700), 65 + below(20));
  const terms = () => ({
    ttlMs: random() < 0.3 ? below(40) : undefined,
    tags: random() < 0.3 ? [`t${below(3)}`] : undefined,
  });
  const some = <T>(make: (name: string) => T) =>
    new Map(Array.from({ length: 1 + below(4) }, key).map((name) => [name, make(name)]));
  type Made = readonly [weight: number, make: () => Step];
  const kinds: readonly Made[] = [
    [
      8,
      () =>
        (
          (at, bytes, how) => (store: CacheStore) =>
            store.set(at, bytes, how)
        )(key(), value(), terms()),
    ],
    [
      8,
      () =>
        (
          (at) => (store: CacheStore) =>
            store.get(at)
        )(key()),
    ],
    [
      2,
      () =>
        (
          (at) => (store: CacheStore) =>
            store.delete(at)
        )(key()),
    ],
    [
      1,
      () =>
        (
          (at, bytes, how) => (store: CacheStore) =>
            store.setIfAbsent(at, bytes, how)
        )(key(), value(), terms()),
    ],
    [
      1,
      () =>
        (
          (at, bytes) => (store: CacheStore) =>
            store.getAndSet(at, bytes)
        )(key(), value()),
    ],
    [
      2,
      () =>
        (
          (at) => (store: CacheStore) =>
            store.increment(at, 3)
        )(`count ${key()}`),
    ],
    [
      1,
      () =>
        (
          (tag) => (store: CacheStore) =>
            store.invalidateTags([tag])
        )(`t${below(3)}`),
    ],
    [
      2,
      () =>
        (
          (all, how) => (store: CacheStore) =>
            store.setMany(all, how)
        )(some(value), terms()),
    ],
    [
      2,
      () =>
        (
          (all) => (store: CacheStore) =>
            store.getMany([...all.keys()])
        )(some(() => undefined)),
    ],
    [1, () => (store: CacheStore) => store.stats()],
  ];
  const bag = kinds.flatMap(([weight, make]) => Array<() => Step>(weight).fill(make));
  return () => bag[below(bag.length)]!();
}

describe('a file cache', () => {
  const closers = closersAfterEach();

  it.each(Object.keys(evictionPolicies) as EvictionPolicyName[])(
    'keeps, gives up, refuses and counts what a memory cache does (%s)',
    async (policy) => {
      const directory = await TestDirectory.create();
      closers.push(() => directory.remove());
      for (const [seed, bounds] of [{}, { maxEntries: 6 }, { slides: true }, { defaultTtlMs: 30 }].entries()) {
        const random = pseudoRandom(seed);
        const clock = { ms: 1e12 };
        const options = { name: `c${seed}`, policy, maxBytes: 3_000 + 1_000 * seed, ...bounds, now: () => clock.ms };
        const memory = new MemoryStore(options);
        const files = new FileStore({ ...options, directory: directory.path });
        closers.push(
          () => memory.close(),
          () => files.close(),
        );
        const next = stepsOf(random);
        for (let step = 0; step < 120; step += 1) {
          clock.ms += Math.floor(random() * 4);
          const work = next();
          const [expected, actual] = await Promise.all(
            [memory, files].map((store) => work(store).catch(({ code }: { code: string }) => code)),
          );
          expect([seed, step, actual]).toEqual([seed, step, expected]);
        }
        expect(await files.stats()).toEqual(await memory.stats());
      }
    },
  );
});
