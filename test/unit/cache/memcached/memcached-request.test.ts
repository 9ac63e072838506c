import { describe, expect, it } from '@jest/globals';
import { expirationOf } from '../../../../src/cache/memcached/memcached-request.js';

const dayMs = 24 * 60 * 60 * 1000;
const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('the expiration of an item', () => {
  it('is none without a ttl, and for one beyond the dates of memcached', () => {
    for (const leftMs of [Infinity, Number.MAX_SAFE_INTEGER, 100 * 365 * dayMs]) expect(expirationOf(leftMs)).toBe(0);
  });

  it('is in whole seconds, two more than are left', () => {
    expect([-5_000, 0, 1, 1_000, 1_001, 30 * dayMs - 2_000].map((leftMs) => expirationOf(leftMs))).toEqual([
      2, 2, 3, 3, 4, 2_592_000,
    ]);
    expect(expirationOf(1_000, 60)).toBe(61);
  });

  it('is a date from thirty days on', () => {
    for (const leftMs of [30 * dayMs - 1_999, 30 * dayMs, 365 * dayMs]) {
      const seconds = Math.ceil(leftMs / 1000) + 2;
      const from = nowSeconds() + seconds;
      const expiration = expirationOf(leftMs);
      expect(expiration).toBeGreaterThanOrEqual(from);
      expect(expiration).toBeLessThanOrEqual(nowSeconds() + seconds);
    }
  });
});
