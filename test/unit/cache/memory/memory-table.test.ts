import { describe, expect, it } from '@jest/globals';
import { entryBytes, entryOverheadBytes } from '../../../../src/cache/memory/cache-entry.js';
import { evictionPolicies, type EvictionPolicyName } from '../../../../src/cache/memory/eviction-policy.js';
import { MemoryTable } from '../../../../src/cache/memory/memory-table.js';
import { pseudoRandom } from '../pseudo-random.js';

const unit = entryOverheadBytes + 1 + 100;
const value = new Uint8Array(100);

/** A table for `capacity` entries with keys of one character and values of 100 bytes, on a clock moved by hand. */
function tableFor(
  capacity: number,
  defaultTtlMs?: number,
  policy: EvictionPolicyName = 'lru',
  maxEntries?: number,
  slides = false,
) {
  const clock = { ms: 0 };
  const table = new MemoryTable({
    name: 'c',
    maxBytes: capacity * unit,
    defaultTtlMs,
    maxEntries,
    slides,
    policy: evictionPolicies[policy](),
    evicts: policy !== 'none',
    now: () => clock.ms,
  });
  return { table, clock };
}

describe('MemoryTable', () => {
  it('finds an entry until the millisecond its ttl runs out', () => {
    const { table, clock } = tableFor(3);
    table.set('a', value, 100);
    clock.ms = 99;
    expect(table.has('a')).toBe(true);
    clock.ms = 100;
    expect(table.has('a')).toBe(false);
    expect(table.get('a')).toBeUndefined();
    expect(table.stats()).toMatchObject({ entries: 0, bytes: 0, expirations: 1, misses: 1 });
  });

  it('gives entries without a ttl the default, and those with one theirs', () => {
    const { table, clock } = tableFor(3, 50);
    table.set('a', value);
    table.set('b', value, 80);
    table.increment('n', 1);
    clock.ms = 50;
    expect([table.has('a'), table.has('b'), table.has('n')]).toEqual([false, true, false]);
  });

  it('gives an entry its own ttl anew with each use, where ttls slide', () => {
    const { table, clock } = tableFor(9, 100, 'lru', undefined, true);
    table.set('a', value);
    table.set('b', value, 30);
    table.set('c', value, Infinity);
    for (clock.ms = 0; clock.ms < 200; clock.ms += 29) table.get('b');
    expect([table.has('a'), table.has('b'), table.has('c')]).toEqual([false, true, true]);
    expect(table.find('b')?.leftMs).toBe(30);
    expect(table.increment('n', 1)).toBe(1);
    clock.ms += 30;
    expect([table.has('b'), table.get('n'), table.find('n')?.leftMs]).toEqual([false, Buffer.from('1'), 100]);
    expect(table.find('c')?.leftMs).toBe(Infinity);
  });

  it('forgets the tags of what was evicted, expired, deleted or written anew', () => {
    const { table, clock } = tableFor(9, undefined, 'lru', 2);
    for (const key of ['a', 'b', 'c']) table.set(key, new Uint8Array(0), undefined, ['t']);
    table.delete('b');
    table.set('c', value);
    table.set('d', value, 10, ['t']);
    clock.ms = 10;
    table.collectExpired();
    table.invalidateTags(['t']);
    expect(table.stats()).toMatchObject({ entries: 1, deletes: 1, evictions: 1, expirations: 1 });
    table.set('c', value, undefined, ['u', 'v']);
    table.set('e', value, undefined, ['v']);
    table.invalidateTags(['u', 'v']);
    expect(table.stats()).toMatchObject({ entries: 0, bytes: 0, deletes: 3 });
  });

  it('keeps the ttl of a counter', () => {
    const { table, clock } = tableFor(3);
    table.increment('n', 1);
    table.set('m', Buffer.from('5'), 100);
    clock.ms = 60;
    expect(table.increment('m', 1)).toBe(6);
    clock.ms = 100;
    expect([table.has('m'), table.has('n')]).toEqual([false, true]);
  });

  it('gives up what has expired before what was used longest ago', () => {
    const { table, clock } = tableFor(3);
    table.set('a', value);
    table.set('b', value, 10);
    table.set('c', value);
    clock.ms = 10;
    table.set('d', value);
    expect(['a', 'b', 'c', 'd'].filter((key) => table.has(key))).toEqual(['a', 'c', 'd']);
    table.set('e', value);
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => table.has(key))).toEqual(['c', 'd', 'e']);
    expect(table.stats()).toMatchObject({ evictions: 1, expirations: 1 });
  });

  it('does not evict anybody for a value that replaces one of its size, nor for one that is gone at once', () => {
    const { table } = tableFor(2);
    table.set('a', value);
    table.set('b', value);
    table.set('a', value);
    table.set('z', value, 0);
    expect(table.stats()).toMatchObject({ entries: 2, evictions: 0, bytes: 2 * unit });
  });

  it('holds no more entries than it may, whatever their bytes', () => {
    const { table } = tableFor(10, undefined, 'lru', 2);
    for (const key of ['a', 'b', 'c']) table.set(key, value);
    table.set('c', value);
    expect(['a', 'b', 'c'].filter((key) => table.has(key))).toEqual(['b', 'c']);
    expect(table.stats()).toMatchObject({ entries: 2, evictions: 1 });
  });

  it('refuses what does not fit when nothing gives way, after giving up what has expired', () => {
    const { table, clock } = tableFor(2, undefined, 'none');
    table.set('a', value);
    table.set('b', value, 10);
    table.set('a', new Uint8Array(50));
    const full = expect.objectContaining({ code: 'FULL', message: expect.stringContaining('its policy is none') });
    expect(() => table.set('c', value)).toThrow(full);
    expect(() =>
      table.checkFits([
        ['a', value],
        ['c', value],
      ]),
    ).toThrow(full);
    expect(table.stats()).toMatchObject({ entries: 2, evictions: 0, sets: 3 });
    clock.ms = 10;
    table.set('c', value);
    expect(['a', 'b', 'c'].filter((key) => table.has(key))).toEqual(['a', 'c']);
  });

  it('collects no more expired entries than it was told to, and says whether more are due', () => {
    const { table, clock } = tableFor(10);
    for (const key of ['a', 'b', 'c', 'd', 'e']) table.set(key, value, 10);
    table.set('f', value, 20);
    expect(table.collectExpired(2)).toBe(false);
    clock.ms = 10;
    expect(table.collectExpired(2)).toBe(true);
    expect(table.collectExpired(2)).toBe(true);
    expect(table.collectExpired(2)).toBe(false);
    expect(table.hasExpiries).toBe(true);
    clock.ms = 20;
    expect(table.stats()).toMatchObject({ entries: 0, bytes: 0, expirations: 6 });
    expect(table.hasExpiries).toBe(false);
  });

  it('says FULL with the sizes, and leaves everything as it was', () => {
    const { table } = tableFor(1);
    table.set('a', value);
    expect(() => table.set('a', new Uint8Array(101))).toThrow(
      expect.objectContaining({ code: 'FULL', details: { sizeBytes: unit + 1, maxBytes: unit } }),
    );
    expect(table.get('a')).toHaveLength(100);
    expect(table.stats()).toMatchObject({ sets: 1, entries: 1 });
  });

  it('agrees with a simple model over 20,000 random operations and is never above its bound', () => {
    const random = pseudoRandom(42);
    const { table, clock } = tableFor(20);
    const maxBytes = 20 * unit;
    // Least recently used first: an array is slow, and obviously right.
    let model: { key: string; length: number; expiresAt: number }[] = [];
    const bytesOf = (entries: typeof model) =>
      entries.reduce((sum, { key, length }) => sum + entryBytes(key, new Uint8Array(length)), 0);
    for (let step = 0; step < 20_000; step++) {
      clock.ms += Math.floor(random() * 3);
      model = model.filter((entry) => entry.expiresAt > clock.ms);
      const key = `k${Math.floor(random() * 60)}`;
      const known = model.find((entry) => entry.key === key);
      const choice = random();
      if (choice < 0.45) {
        expect(table.get(key)?.length).toBe(known?.length);
        if (known) model = [...model.filter((entry) => entry !== known), known];
      } else if (choice < 0.9) {
        const length = Math.floor(random() * 400);
        const ttlMs = random() < 0.5 ? Math.floor(random() * 100) : undefined;
        table.set(key, new Uint8Array(length), ttlMs);
        model = model.filter((entry) => entry !== known);
        if (ttlMs === 0) continue;
        const entry = { key, length, expiresAt: ttlMs === undefined ? Infinity : clock.ms + ttlMs };
        while (bytesOf([...model, entry]) > maxBytes) model.shift();
        model.push(entry);
      } else {
        expect(table.delete(key)).toBe(known !== undefined);
        model = model.filter((entry) => entry !== known);
      }
      const { entries, bytes } = table.stats();
      expect({ entries, bytes }).toEqual({ entries: model.length, bytes: bytesOf(model) });
      expect(bytes).toBeLessThanOrEqual(maxBytes);
    }
    expect(table.stats().evictions).toBeGreaterThan(1_000);
    expect(table.stats().expirations).toBeGreaterThan(1_000);
  });
});
