import { LRUCache } from 'lru-cache';
import { entryBytes } from '../../src/cache/memory/cache-entry.js';
import { evictionPolicies, type EvictionPolicyName } from '../../src/cache/memory/eviction-policy.js';
import { MemoryStore } from '../../src/cache/memory/memory-store.js';
import { MemoryTable } from '../../src/cache/memory/memory-table.js';
import { printTable, printTargets } from '../print-table.js';
import { median } from '../statistics.js';
import { zipfWithScans } from './zipf-trace.js';

const isQuick = process.argv.includes('--quick');
const [rounds, perRound] = isQuick ? [1, 1_000] : [9, 200_000];
const sizes = isQuick ? [1_000] : [10_000, 1_000_000];
const value = Buffer.alloc(100, 1);
const keyOf = (index: number) => `user:${index}`;

/** What a contender does for one operation. */
interface Held {
  get(key: string): unknown;
  set(key: string, value: Uint8Array): unknown;
}

const tableOf = (policy: EvictionPolicyName, maxBytes: number) =>
  new MemoryTable({
    name: 'bench',
    maxBytes,
    policy: evictionPolicies[policy](),
    evicts: true,
    now: () => performance.now(),
  });

/** All of them hold the same bytes by the same count, so that they hold the same entries. */
const contenders: Readonly<Record<string, (maxBytes: number) => Held>> = {
  'lru-cache, maxSize': (maxSize) =>
    new LRUCache<string, Uint8Array>({ maxSize, sizeCalculation: (bytes, key) => entryBytes(key, bytes) }),
  'ours, lru': (maxBytes) => tableOf('lru', maxBytes),
  'ours, s3-fifo': (maxBytes) => tableOf('s3-fifo', maxBytes),
};

const workloads = {
  'get, a hit': (held: Held, at: number, count: number) => held.get(keyOf(at % count)),
  'set, of an entry': (held: Held, at: number, count: number) => held.set(keyOf(at % count), value),
  'set, one gives way': (held: Held, at: number, count: number) => held.set(keyOf(count + at), value),
} as const;
type Workload = keyof typeof workloads;

function nanoseconds(work: (at: number) => unknown): number {
  const from = performance.now();
  for (let done = 0; done < perRound; done += 1) work(done);
  return ((performance.now() - from) * 1e6) / perRound;
}

const opened = (make: (maxBytes: number) => Held, count: number) => {
  const held = make(count * entryBytes(keyOf(count), value));
  for (let index = 0; index < count; index += 1) held.set(keyOf(index), value);
  return held;
};

/** In turns; of each workload the nanoseconds of an operation. Steps of a prime through the entries: no order of theirs. */
function measureSpeed(count: number) {
  const step = 7_919;
  const held = Object.entries(contenders).map(([name, make]) => [name, opened(make, count)] as const);
  const times = new Map<string, number[]>();
  for (const workload of Object.keys(workloads) as Workload[]) {
    for (let round = isQuick ? 1 : 0; round <= rounds; round += 1) {
      for (const [name, each] of held) {
        const base = round * perRound;
        const isNew = workload === 'set, one gives way';
        const ns = nanoseconds((at) => workloads[workload](each, isNew ? base + at : (base + at) * step, count));
        const key = `${workload}|${name}`;
        // The first round compiles.
        if (round > 0) times.set(key, [...(times.get(key) ?? []), ns]);
      }
    }
  }
  return (workload: Workload, name: string) => median(times.get(`${workload}|${name}`)!);
}

/** The port above the table: a promise for every operation, and JSON. */
async function measurePort(count: number): Promise<number> {
  const store = new MemoryStore({ name: 'bench', policy: 'lru', maxBytes: count * entryBytes(keyOf(count), value) });
  for (let index = 0; index < count; index += 1) await store.set(keyOf(index), value);
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const from = performance.now();
    for (let done = 0; done < perRound; done += 1) await store.get(keyOf((done * 7_919) % count));
    times.push(((performance.now() - from) * 1e6) / perRound);
  }
  await store.close();
  return median(times.slice(1));
}

const reference = 'lru-cache, maxSize';
for (const count of sizes) {
  const timeOf = measureSpeed(count);
  printTable(
    [`memory, ${count} entries`, ...Object.keys(workloads).map((workload) => `${workload}, Mops/s`), 'of lru-cache'],
    Object.keys(contenders).map((name) => [
      name,
      ...(Object.keys(workloads) as Workload[]).map((workload) => (1_000 / timeOf(workload, name)).toFixed(2)),
      (Object.keys(workloads) as Workload[])
        .map((workload) => (timeOf(workload, reference) / timeOf(workload, name)).toFixed(2))
        .join(' / '),
    ]),
  );
  printTargets(
    (Object.keys(workloads) as Workload[]).map((workload) => ({
      what: `lru beside lru-cache, ${workload}`,
      measured: timeOf(workload, reference) / timeOf(workload, 'ours, lru'),
      unit: '',
      direction: 'at least',
      required: 0.8,
    })),
  );
  console.log(
    `a get through the store's port: ${(timeOf('get, a hit', reference) / (await measurePort(count))).toFixed(2)} of lru-cache\n`,
  );
}

const capacity = 1_000;
const trace = zipfWithScans({ keys: 10_000, length: isQuick ? 20_000 : 400_000 });
const hitRatio = (held: Held) => {
  let hits = 0;
  for (const index of trace) {
    const key = keyOf(index);
    if (held.get(key) === undefined) held.set(key, value);
    else hits += 1;
  }
  return `${((100 * hits) / trace.length).toFixed(1)} %`;
};
const maxBytes = capacity * entryBytes(keyOf(9_999), value);
printTable(
  [`hit ratio, Zipf with scans, ${capacity} of 10,000 keys`, 'hits'],
  [
    ['lru-cache', hitRatio(contenders[reference]!(maxBytes))],
    ...(['s3-fifo', 'lru', 'lfu', 'fifo', 'mru'] as const).map((policy) => [
      policy,
      hitRatio(tableOf(policy, maxBytes)),
    ]),
  ],
);
