import assert from 'node:assert/strict';
import type { Cache, CacheStats } from '../../../src/cache/index.js';
import type { ContractCase } from '../contract-case.js';

/** What the suite needs. The cases run in the order of the list; the last one closes both caches. */
export interface CacheFixture {
  /** A cache of the default size without a default ttl. */
  readonly cache: Cache;
  /** One with `policy: lru` and `max: smallCacheBytes`; where the backend has no bound of its own, another cache. */
  readonly small: Cache;
  /** One whose ttls slide, without a default ttl. */
  readonly sliding: Cache;
}

export const smallCacheBytes = 16 * 1024;

/** What not every backend can do; see `CacheBackend`. */
export type CacheAbility = 'bound' | 'measure' | 'retagging';

export interface CacheCase extends ContractCase<CacheFixture> {
  readonly needs?: CacheAbility;
}

/** A case that begins with empty caches. */
export function promise(title: string, run: (fixture: CacheFixture) => Promise<void>, needs?: CacheAbility): CacheCase {
  return {
    title,
    ...(needs && { needs }),
    run: async (fixture) => {
      await fixture.cache.clear();
      await fixture.small.clear();
      await fixture.sliding.clear();
      await run(fixture);
    },
  };
}

/** A case about what an entry that is written again without its tags keeps of them. */
export function retaggingPromise(title: string, run: (fixture: CacheFixture) => Promise<void>): CacheCase {
  return promise(title, run, 'retagging');
}

/** A case about a cache with a bound of its own. */
export function boundPromise(title: string, run: (fixture: CacheFixture) => Promise<void>): CacheCase {
  return promise(title, run, 'bound');
}

/** A case about what `stats` says is in the cache and what was removed from it without being named. */
export function measurePromise(title: string, run: (fixture: CacheFixture) => Promise<void>): CacheCase {
  return promise(title, run, 'measure');
}

export async function assertFails(work: Promise<unknown>, code: string, mentioning = ''): Promise<void> {
  await assert.rejects(work, (error: Error & { code?: string }) => {
    assert.equal(error.name, 'CacheError');
    assert.equal(error.code, code);
    assert.ok(error.message.includes(mentioning), `'${error.message}' does not mention '${mentioning}'`);
    return true;
  });
}

/** Polls, because only time makes a ttl run out. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = Date.now() + 5_000;
  while (!(await condition())) {
    assert.ok(Date.now() < giveUpAt, `${what} within 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** How the counters moved while `work` ran. */
export async function countedBy(cache: Cache, work: () => Promise<unknown>): Promise<CacheStats> {
  const before = await cache.stats();
  await work();
  const after = await cache.stats();
  const names = Object.keys(after) as (keyof CacheStats)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as unknown as CacheStats;
}
