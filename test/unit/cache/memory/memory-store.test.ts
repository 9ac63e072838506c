import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryStore } from '../../../../src/cache/memory/memory-store.js';

const value = new Uint8Array(10);

describe('MemoryStore', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('gives the memory of expired entries back by itself and then lets its timer rest', async () => {
    const store = new MemoryStore({ name: 'c' });
    for (let index = 0; index < 10; index++) await store.set(`k${index}`, value, { ttlMs: 100 });
    expect(jest.getTimerCount()).toBe(1);
    // The timer goes on for as long as any entry has a ttl: that it stops shows that it took them all.
    jest.advanceTimersByTime(1_000);
    expect(jest.getTimerCount()).toBe(0);
    expect(await store.stats()).toMatchObject({ entries: 0, bytes: 0, expirations: 10 });
    await store.set('again', value, { ttlMs: 100 });
    expect(jest.getTimerCount()).toBe(1);
    await store.close();
  });

  it('keeps collecting while more entries are due than it takes at once', async () => {
    const store = new MemoryStore({ name: 'c', maxBytes: 100 * 1024 ** 2 });
    for (let index = 0; index < 12_000; index++) await store.set(`k${index}`, value, { ttlMs: 100 });
    jest.advanceTimersByTime(1_000);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(5);
    expect(jest.getTimerCount()).toBe(0);
    await store.close();
  });

  it('has no timer while no entry has a ttl, and none after close', async () => {
    const store = new MemoryStore({ name: 'c' });
    await store.set('forever', value);
    expect(jest.getTimerCount()).toBe(0);
    await store.setIfAbsent('short', value, { ttlMs: 100 });
    expect(jest.getTimerCount()).toBe(1);
    await store.close();
    expect(jest.getTimerCount()).toBe(0);
    await expect(store.get('forever')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('takes several entries that fit together, though one grows before another shrinks, or none of them', async () => {
    const store = new MemoryStore({ name: 'c', maxBytes: 2_000, policy: 'none' });
    const entries = (a: number, b: number) =>
      new Map([
        ['a', new Uint8Array(a)],
        ['b', new Uint8Array(b)],
      ]);
    await store.setMany(entries(100, 900));
    await store.setMany(entries(900, 100));
    await expect(store.setMany(entries(100, 1_200))).rejects.toMatchObject({ code: 'FULL' });
    expect((await store.get('a'))!.byteLength).toBe(900);
    expect((await store.stats()).bytes).toBeLessThanOrEqual(2_000);
  });

  it('says what it is', () => {
    expect(new MemoryStore({ name: 'c' }).description).toBe('memory (s3-fifo, 10mb)');
    expect(new MemoryStore({ name: 'c', maxBytes: 2048, defaultTtlMs: 1_500 }).description).toBe(
      'memory (s3-fifo, 2kb, ttl 1.5s)',
    );
    expect(new MemoryStore({ name: 'c', maxBytes: 1_000 }).description).toBe('memory (s3-fifo, 1000 bytes)');
  });
});
