import { describe, expect, it } from '@jest/globals';
import { entryBytes, entryOverheadBytes } from '../../../../src/cache/memory/cache-entry.js';
import { evictionPolicies, type EvictionPolicyName } from '../../../../src/cache/memory/eviction-policy.js';
import { MemoryTable } from '../../../../src/cache/memory/memory-table.js';
import { pseudoRandom } from '../pseudo-random.js';

interface Held {
  readonly bytes: number;
  readonly tags: readonly string[];
}

const policies = Object.keys(evictionPolicies) as EvictionPolicyName[];
const allKeys = Array.from({ length: 60 }, (_, index) =>
  index % 7 === 0 ? `ключ ${index}` : `ns${index % 3}:${index}`,
);
const [maxBytes, maxEntries] = [20 * (entryOverheadBytes + 200), 25];

/** A table and what it has to hold: what was put in and is still there. */
class Books {
  readonly clock = { ms: 0 };
  readonly held = new Map<string, Held>();
  readonly table: MemoryTable;
  evictions = 0;

  constructor(policy: EvictionPolicyName, slides: boolean) {
    const now = () => this.clock.ms;
    const common = { name: 'c', maxBytes, maxEntries, slides, now };
    this.table = new MemoryTable({ ...common, policy: evictionPolicies[policy](), evicts: policy !== 'none' });
  }

  put(key: string, length: number, ttlMs: number | undefined, tags: readonly string[]): void {
    const value = new Uint8Array(length);
    const left = ttlMs === 0 ? undefined : { bytes: entryBytes(key, value, tags), tags };
    this.#write(key, left, () => this.table.set(key, value, ttlMs, tags));
  }

  /** A counter of up to 16 digits, which has the tags of the one before. */
  count(key: string, by: number): void {
    const value = this.table.get(key);
    if (value && !/^-?\d+$/.test(Buffer.from(value).toString())) this.remove(key);
    const { tags = [] } = this.held.get(key) ?? {};
    const sum = Buffer.from(String(Number(Buffer.from((this.table.has(key) && value) || '0')) + by));
    this.#write(key, { bytes: entryBytes(key, sum, tags), tags }, () => this.table.increment(key, by));
  }

  remove(key: string): void {
    expect(this.table.delete(key)).toBe(this.held.delete(key));
  }

  removeWhere(isGone: (key: string, held: Held) => boolean): void {
    for (const [key, held] of this.held) if (isGone(key, held)) this.held.delete(key);
  }

  /** Who is gone afterwards without having run out has given way. */
  #write(key: string, left: Held | undefined, work: () => unknown): void {
    try {
      work();
    } catch (error) {
      expect(error).toMatchObject({ code: 'FULL' });
      return;
    }
    this.held.delete(key);
    const victims = [...this.held].filter(([held]) => !this.table.has(held));
    for (const [victim] of victims) this.held.delete(victim);
    this.evictions += victims.length;
    if (left) this.held.set(key, left);
    this.#expectNoneTooMany(victims.map(([, victim]) => victim));
  }

  /** Without the last victim there was no room: whichever it was, with the largest there would be none. */
  #expectNoneTooMany(victims: readonly Held[]): void {
    if (victims.length === 0) return;
    const { bytes, entries } = this.table.stats();
    const largest = Math.max(...victims.map((victim) => victim.bytes));
    expect(bytes + largest > maxBytes || entries + 1 > maxEntries).toBe(true);
  }

  /** Time goes on. */
  pass(ms: number): void {
    this.clock.ms += ms;
    this.removeWhere((key) => !this.table.has(key));
  }

  expectExact(): void {
    const bytes = [...this.held.values()].reduce((sum, held) => sum + held.bytes, 0);
    const stats = this.table.stats();
    expect(stats).toMatchObject({ bytes, entries: this.held.size, evictions: this.evictions });
    expect(stats.bytes).toBeLessThanOrEqual(maxBytes);
    expect(stats.entries).toBeLessThanOrEqual(maxEntries);
  }
}

describe.each(policies)('A table whose policy is %s', (policy) => {
  it.each([false, true])('keeps books that are right to the byte (sliding: %s)', (slides) => {
    const random = pseudoRandom(7);
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
    const books = new Books(policy, slides);
    for (let step = 0; step < 3_000; step += 1) {
      books.pass(Math.floor(random() * 3));
      const key = pick(allKeys);
      const choice = random();
      if (choice < 0.35) books.table.get(key);
      else if (choice < 0.75) {
        const tags = pick([[], ['a'], ['a', 'b', 'длинный']]);
        books.put(key, Math.floor(random() * 600), pick([undefined, undefined, 0, 20, 200]), tags);
      } else if (choice < 0.9) books.count(key, pick([1, -7, 10 ** 12]));
      else if (choice < 0.98) books.remove(key);
      else if (choice < 0.99) {
        const tag = pick(['a', 'b']);
        books.table.invalidateTags([tag]);
        books.removeWhere((_, { tags }) => tags.includes(tag));
      } else {
        books.table.clear('ns1');
        books.removeWhere((one) => one.startsWith('ns1:'));
      }
      books.expectExact();
    }
    expect(books.evictions > 200).toBe(policy !== 'none');
  });
});
