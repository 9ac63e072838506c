import { describe, expect, it } from '@jest/globals';
import { leaseLock } from '../../../../src/cache/load/lease-lock.js';
import { storeInSteps } from '../../../../src/cache/load/store-in-steps.js';
import { MemoryStore } from '../../../../src/cache/memory/memory-store.js';

const lock = leaseLock('key');

/** A lease, and what writes the entry under it. */
async function leased() {
  const store = new MemoryStore({ name: 'c' });
  const { token } = (await store.lock(lock, 60_000))!;
  const lease = { token, tags: [], mark: { isPresent: false }, isEnded: false };
  const write = async () => {
    await store.set('key', Buffer.from('loaded'));
    return true;
  };
  return { store, lease, write };
}

describe('storeInSteps', () => {
  it('writes under the lock and frees it', async () => {
    const { store, lease, write } = await leased();
    expect(await storeInSteps(store, 'key', lease, write)).toBe(true);
    expect([await store.exists('key'), (await store.lock(lock, 1_000)) !== undefined]).toEqual([true, true]);
  });

  it('writes nothing when the lock is held no more, here or elsewhere, and leaves the lock where the write is refused', async () => {
    const { store, lease, write } = await leased();
    expect(await storeInSteps(store, 'key', { ...lease, isEnded: true }, write)).toBe(false);
    expect(await storeInSteps(store, 'key', lease, async () => false)).toBe(false);
    expect(await store.unlock(lock, lease.token)).toBe(true);
    expect(await storeInSteps(store, 'key', lease, write)).toBe(false);
    expect(await store.exists('key')).toBe(false);
  });

  it('takes away again what it wrote when somebody elsewhere ended the lock meanwhile, and nobody here', async () => {
    for (const isEndedHere of [false, true]) {
      const { store, lease, write } = await leased();
      const interrupted = async () => {
        lease.isEnded = isEndedHere;
        await store.unlock(lock, lease.token);
        return write();
      };
      expect(await storeInSteps(store, 'key', lease, interrupted)).toBe(false);
      expect(await store.exists('key')).toBe(isEndedHere);
    }
  });
});
