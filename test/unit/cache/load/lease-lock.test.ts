import { expect, it } from '@jest/globals';
import { leaseLock, lockedKey, userLock } from '../../../../src/cache/load/lease-lock.js';

it('no lock of a user is a lease, and each tells its key', () => {
  const keys = ['key', '\0key', '\0load:key', 'load:key', '\0\0load:key'];
  const locks = [...keys.map(leaseLock), ...keys.map(userLock)];
  expect(new Set(locks).size).toBe(locks.length);
  expect(locks.map(lockedKey)).toEqual([...keys, ...keys]);
});
