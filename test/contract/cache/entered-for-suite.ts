import { afterAll, beforeAll } from '@jest/globals';
import type { CacheBackend, OpenedBackend } from './cache-backend.js';
import type { CacheFixture } from './cache-case.js';
import type { cacheWorlds, Entered } from './cache-worlds.js';

/** The caches of a backend in one world while the tests of a `describe` run; started before them and closed after them. */
export function enteredForSuite(
  start: CacheBackend['start'],
  enter: (typeof cacheWorlds)[number]['enter'],
): () => CacheFixture {
  let opened: OpenedBackend;
  let entered: Entered;
  beforeAll(async () => {
    opened = await start();
    entered = await enter(opened);
  });
  afterAll(async () => {
    await Promise.all(Object.values(entered.fixture).map((cache) => cache.close()));
    await entered.close();
    await opened.close();
  });
  return () => entered.fixture;
}
