import { randomUUID } from 'node:crypto';
import { openCache } from '../../src/cache/index.js';
import { messageOf } from '../../src/foundation/index.js';
import { runCompiled } from '../run-compiled.js';
import { benchSpeed } from './speed.js';
import { benchStampede } from './stampede.js';

/** Where the tests find it, too. */
const server = process.env['PYWATT_TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379/0';

/** Caches in memory, and on a Redis that answers; what it keeps is removed again. */
export async function benchCache(options: { quick: boolean }): Promise<void> {
  await runCompiled('cache/run-memory', options);
  const url = `${server}?prefix=${encodeURIComponent(`bench:${randomUUID()}:`)}`;
  const cache = await openCache({ name: 'bench', url });
  try {
    const trouble: unknown = await cache.ping().catch((error: unknown) => error);
    if (trouble !== undefined) {
      console.log(`Redis: left out, ${messageOf(trouble)}`);
      return;
    }
    await benchSpeed(url, options);
    await benchStampede(url, options);
    await cache.clear();
  } finally {
    await cache.close();
  }
}
