import { describe, expect, it } from '@jest/globals';
import { entryOverheadBytes } from '../../../../src/cache/memory/cache-entry.js';
import { evictionPolicies, type EvictionPolicyName } from '../../../../src/cache/memory/eviction-policy.js';
import { MemoryTable } from '../../../../src/cache/memory/memory-table.js';
import { pseudoRandom } from '../pseudo-random.js';

const value = new Uint8Array(20);

function tableOf(policy: EvictionPolicyName, capacity: number) {
  const maxBytes = capacity * (entryOverheadBytes + 8 + value.length);
  const options = { name: 'c', maxBytes, maxEntries: capacity, evicts: policy !== 'none', now: () => 0 };
  return new MemoryTable({ ...options, policy: evictionPolicies[policy]() });
}

/** Which keys are left after these steps: `+a` writes, `?a` reads, `-a` deletes. */
function leftAfter(policy: EvictionPolicyName, capacity: number, steps: string): string {
  const table = tableOf(policy, capacity);
  const keys = new Set<string>();
  for (const step of steps.split(' ')) {
    const key = step.slice(1);
    if (step.startsWith('+')) table.set(key, value);
    if (step.startsWith('?')) table.get(key);
    if (step.startsWith('-')) table.delete(key);
    keys.add(key);
  }
  return [...keys].filter((key) => table.has(key)).join('');
}

/** The share of reads that found their key, where a miss writes it. */
function hitRate(policy: EvictionPolicyName, capacity: number, keys: Iterable<number>): number {
  const table = tableOf(policy, capacity);
  for (const key of keys) if (!table.get(String(key))) table.set(String(key), value);
  const { hits, misses } = table.stats();
  return hits / (hits + misses);
}

/** Keys by a Zipf distribution, with a scan of keys that never come again now and then. */
function* zipfWithScans(length: number): Generator<number> {
  const random = pseudoRandom(7);
  const weights = Array.from({ length: 20_000 }, (_, rank) => 1 / (rank + 1) ** 0.9);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const cumulative = weights.map((weight) => (sum += weight / total));
  let fresh = 1_000_000;
  for (let step = 0; step < length; step += 1) {
    if (step % 2_000 < 500) yield fresh++;
    else {
      const point = random();
      let low = 0;
      let high = cumulative.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (cumulative[middle]! < point) low = middle + 1;
        else high = middle;
      }
      yield low;
    }
  }
}

/** A hot set of which a part is exchanged again and again. */
function* drifting(length: number): Generator<number> {
  const random = pseudoRandom(11);
  for (let step = 0; step < length; step += 1) {
    const from = Math.floor(step / 50);
    yield from + Math.floor(random() ** 2 * 3_000);
  }
}

describe('eviction policies', () => {
  it.each([
    ['lru', '+a +b +c ?a +d', 'acd'],
    ['lru', '+a +b +c +a +d', 'acd'],
    ['fifo', '+a +b +c ?a +d', 'bcd'],
    ['fifo', '+a +b +c +a +d', 'acd'],
    ['mru', '+a +b +c ?a +d', 'bcd'],
    ['mru', '+a +b +c +d', 'abd'],
    ['lfu', '+a +b +c ?a ?a ?b +d', 'abd'],
    ['lfu', '+a +b +c ?a ?b ?c ?c +d +e', 'bce'],
    ['lfu', '+a +a +b +c +d', 'acd'],
    ['lfu', '+a ?a ?a -a +b +c +a +d', 'acd'],
    ['s3-fifo', '+a ?a +b +c +d +e +f', 'aef'],
    ['s3-fifo', '+a +b +c +d +a ?a +e +f +g +h', 'agh'],
    ['s3-fifo', '+a +b -a +c +d +e', 'cde'],
  ] as const)('%s leaves of %s the keys %s', (policy, steps, left) => {
    expect(leftAfter(policy, 3, steps)).toBe(left);
  });

  it('s3-fifo finds more than lru when scans pass through, and more than lfu when the hot set drifts', () => {
    const scans = (policy: EvictionPolicyName) => hitRate(policy, 1_000, zipfWithScans(60_000));
    const drift = (policy: EvictionPolicyName) => hitRate(policy, 1_000, drifting(60_000));
    expect(scans('s3-fifo')).toBeGreaterThan(scans('lru') + 0.03);
    expect(drift('s3-fifo')).toBeGreaterThan(drift('lfu') + 0.1);
    expect(drift('s3-fifo')).toBeGreaterThan(drift('lru') - 0.03);
  });

  it.each(Object.keys(evictionPolicies) as EvictionPolicyName[])(
    '%s keeps its lists right over 30,000 random operations',
    (policy) => {
      const random = pseudoRandom(3);
      const capacity = 50;
      const table = tableOf(policy, capacity);
      for (let step = 0; step < 30_000; step += 1) {
        const key = `k${Math.floor(random() * 200)}`;
        const choice = random();
        if (choice < 0.5) table.get(key);
        else if (choice < 0.6) table.delete(key);
        else if (choice < 0.601) table.clear();
        else if (policy !== 'none' || table.has(key) || table.stats().entries < capacity) table.set(key, value);
        const { entries } = table.stats();
        if (entries > capacity) throw new Error(`${entries} entries`);
      }
      table.clear();
      expect(table.stats()).toMatchObject({ entries: 0, bytes: 0 });
    },
  );
});
