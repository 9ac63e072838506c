import { describe, expect, it } from '@jest/globals';
import { checkFitsAlone, type FileBounds, FileChange } from '../../../../src/cache/file/file-change.js';
import { FileIndex } from '../../../../src/cache/file/file-index.js';
import { leaseLock } from '../../../../src/cache/load/lease-lock.js';
import { evictionPolicies } from '../../../../src/cache/memory/eviction-policy.js';

const now = 1_000;
const terms = (sizeBytes: number, expiresAt: number | null = null) => ({ sizeBytes, expiresAt, ttlMs: null, tags: [] });

function change(bounds: Partial<FileBounds> = {}, at = now) {
  const policy = evictionPolicies[bounds.evicts === false ? 'none' : 'lru']();
  const all = { name: 'c', maxBytes: 100, maxEntries: Infinity, evicts: true, ...bounds };
  return new FileChange(new FileIndex(policy), all, at);
}

describe('FileChange', () => {
  it('makes room by what has expired first, then by what the policy names, never by what it replaces', () => {
    const one = change();
    one.put('old', '1', terms(30));
    one.put('brief', '2', terms(30, now + 1));
    one.put('key', '3', terms(30));
    const later = new FileChange(one.index, { name: 'c', maxBytes: 100, maxEntries: Infinity, evicts: true }, now + 1);
    later.put('key', '4', terms(60));
    expect(later.effects).toEqual([
      ['replace', 'key'],
      ['expire', 'brief'],
      ['set', 'key', '4', terms(60)],
    ]);
    later.put('key', '5', terms(90));
    expect(later.effects.slice(3)).toEqual([
      ['replace', 'key'],
      ['evict', 'old'],
      ['set', 'key', '5', terms(90)],
    ]);
    expect(later.index.takeDropped()).toEqual(['3', '2', '4', '1']);
  });

  it('puts nothing in whose time is over, and takes away what was there', () => {
    const one = change();
    one.put('key', '1', terms(10));
    expect(one.put('key', '2', terms(10, now))).toBe(false);
    expect([one.index.size, one.index.bytes]).toEqual([0, 0]);
    expect(one.index.stats()).toMatchObject({ sets: 2, expirations: 1 });
  });

  it('ends the lease of what is deleted, whether or not it is there', () => {
    const one = change();
    one.apply(['lock', leaseLock('key'), 'token', now + 10, 1], ['lock', 'key', 'token', now + 10, 2]);
    expect(one.delete('key')).toBe(false);
    expect(one.index.holderOf(leaseLock('key'), now)).toBeUndefined();
    expect(one.index.holderOf('key', now)?.fence).toBe(2);
  });

  it('gives up expired entries so many at a time, and says whether more wait', () => {
    const one = change({}, now + 10);
    for (const key of ['a', 'b', 'c']) one.index.apply(['set', key, key, terms(1, now)]);
    expect([one.collectExpired(2), one.index.size]).toEqual([true, 1]);
    expect([one.collectExpired(2), one.index.size]).toEqual([false, 0]);
  });

  it('refuses with FULL what does not fit all together under none, counting what it replaces and what has expired', () => {
    const one = change({ evicts: false, maxEntries: 3 });
    one.put('a', '1', terms(40));
    one.put('brief', '2', terms(40, now + 1));
    const fits =
      (at: FileChange, ...entries: [string, number][]) =>
      () =>
        at.checkFits(entries);
    expect(fits(one, ['a', 60])).not.toThrow();
    expect(fits(one, ['a', 61])).toThrow(
      expect.objectContaining({ code: 'FULL', details: { maxBytes: 100, bytes: 80, entries: 2 } }),
    );
    expect(fits(one, ['b', 10], ['c', 10])).toThrow('nothing gives way');
    const later = new FileChange(one.index, { name: 'c', maxBytes: 100, maxEntries: 3, evicts: false }, now + 1);
    expect(fits(later, ['b', 30], ['c', 30])).not.toThrow();
  });

  it('refuses with FULL what is larger than everything', () => {
    const bounds = { name: 'c', maxBytes: 100, maxEntries: Infinity, evicts: true };
    expect(() => checkFitsAlone(bounds, 'key', 100)).not.toThrow();
    expect(() => checkFitsAlone(bounds, 'key', 101)).toThrow(expect.objectContaining({ code: 'FULL' }));
  });
});
