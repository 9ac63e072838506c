import { describe, expect, it } from '@jest/globals';
import { CacheEntry } from '../../../../src/cache/memory/cache-entry.js';
import { ExpiryHeap } from '../../../../src/cache/memory/expiry-heap.js';
import { pseudoRandom } from '../pseudo-random.js';

const entryAt = (expiresAt: number) => new CacheEntry('key', new Uint8Array(0), 0, expiresAt);

function drain(heap: ExpiryHeap): number[] {
  const times: number[] = [];
  for (let first = heap.first; first; first = heap.first) {
    times.push(first.expiresAt);
    heap.remove(first);
  }
  return times;
}

describe('ExpiryHeap', () => {
  it('gives the entries up in the order in which they expire, whatever was removed in between', () => {
    const random = pseudoRandom(7);
    const heap = new ExpiryHeap();
    const entries = Array.from({ length: 500 }, () => entryAt(Math.floor(random() * 200)));
    for (const entry of entries) heap.add(entry);
    const removed = entries.filter(() => random() < 0.4);
    for (const entry of removed) heap.remove(entry);
    const left = entries.filter((entry) => !removed.includes(entry)).map((entry) => entry.expiresAt);
    expect(drain(heap)).toEqual(left.toSorted((a, b) => a - b));
  });

  it('does not take in entries that never expire, and forgets an entry once', () => {
    const heap = new ExpiryHeap();
    const [never, soon] = [entryAt(Infinity), entryAt(1)];
    heap.add(never);
    expect(heap.first).toBeUndefined();
    heap.add(soon);
    heap.remove(never);
    expect(heap.first).toBe(soon);
    heap.remove(soon);
    heap.remove(soon);
    expect(heap.first).toBeUndefined();
  });
});
