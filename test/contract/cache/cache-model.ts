import assert from 'node:assert/strict';
import type { AsyncCommand } from 'fast-check';
import {
  type Arbitrary,
  array,
  bigInt,
  constant,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  oneof,
  record,
  string,
  subarray,
  tuple,
  uint8Array,
} from 'fast-check';
import type { Cache, CacheLock, CacheStats } from '../../../src/cache/index.js';
import { assertFails, type CacheAbility } from './cache-case.js';

interface ModelEntry {
  readonly bytes: Uint8Array;
  readonly tags: ReadonlySet<string>;
}

/** What a cache without bounds has to hold, as plainly as it can be said. Nothing in it runs out. */
export class CacheModel {
  readonly entries = new Map<string, ModelEntry>();
  /** The tags that a key ever had since they were invalidated: where a backend keeps those, it may go with them. */
  readonly pastTags = new Map<string, Set<string>>();
  readonly locks = new Map<string, { readonly lock: CacheLock; isHeld: boolean }[]>();
  fence = 0;
  hits: number;
  misses: number;
  sets: number;
  deletes: number;

  /** Of an empty cache that has counted so much. */
  constructor(
    readonly cannot: Partial<Record<CacheAbility, unknown>>,
    counted: CacheStats,
  ) {
    ({ hits: this.hits, misses: this.misses, sets: this.sets, deletes: this.deletes } = counted);
  }

  async releaseAll(): Promise<void> {
    for (const { lock } of [...this.locks.values()].flat()) await lock.release();
  }

  put(key: string, bytes: Uint8Array, tags: Iterable<string> = []): void {
    const past = this.pastTags.get(key) ?? new Set();
    for (const tag of tags) past.add(tag);
    this.pastTags.set(key, past);
    this.entries.set(key, { bytes, tags: new Set(tags) });
    this.sets += 1;
  }

  look(key: string): ModelEntry | undefined {
    const entry = this.entries.get(key);
    if (entry) this.hits += 1;
    else this.misses += 1;
    return entry;
  }

  drop(key: string): boolean {
    const wasThere = this.entries.delete(key);
    if (wasThere) this.deletes += 1;
    return wasThere;
  }
}

type Check = (model: CacheModel, cache: Cache) => Promise<void>;

/** One operation of the port, with what has to come of it. */
class Step implements AsyncCommand<CacheModel, Cache> {
  constructor(
    private readonly shown: string,
    private readonly work: Check,
  ) {}

  check(): boolean {
    return true;
  }

  run(model: CacheModel, cache: Cache): Promise<void> {
    return this.work(model, cache);
  }

  toString(): string {
    return this.shown;
  }
}

function step<T>(
  name: string,
  input: Arbitrary<T>,
  work: (input: T, model: CacheModel, cache: Cache) => Promise<void>,
) {
  const take = (value: T) =>
    new Step(`${name}(${JSON.stringify(value).slice(0, 300)})`, (model, cache) => work(value, model, cache));
  return input.map(take) as Arbitrary<AsyncCommand<CacheModel, Cache>>;
}

const fewKeys = [
  'a',
  'n',
  'ns:a',
  'ns:b:c',
  'ns',
  'ns2:a',
  ':',
  '__proto__',
  'constructor',
  '*',
  '\0',
  '\0load:a',
  '{a}',
  'a}b',
];
const anyKey = string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const key = oneof({ weight: 6, arbitrary: constantFrom(...fewKeys) }, anyKey);
const keys = array(key, { maxLength: 6 });
const namespace = constantFrom('ns', 'ns2', 'n', '', '*', '__proto__');
const tagList = subarray(['t', 'u', 'ns:a', '__proto__', '*', ' \n']);
const value = oneof(jsonValue({ maxDepth: 2 }), integer(), constant('x'.repeat(40_000)));
const bytes = oneof(uint8Array({ maxLength: 40 }), constant(new Uint8Array(20_000).fill(255)));
const ttl = constantFrom('1h', '999999999999d', undefined);
const terms = record({ ttl, tags: tagList });
const amount = oneof(integer({ min: -3, max: 3 }), constantFrom(2 ** 53 - 1, -(2 ** 53) + 1));
const integerText = oneof(
  bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  constantFrom('-0', '00', '+1', ' 1', '1e3', '', '9007199254740991', '-9007199254740991', '9007199254740992'),
);

const json = (input: unknown) => Buffer.from(JSON.stringify(input));
const plain = (input: unknown): unknown => JSON.parse(JSON.stringify(input));

/** The value as `get` has it; the code of the error where the bytes are no JSON. */
function read(entry: ModelEntry | undefined): { readonly value: unknown } | { readonly code: string } {
  try {
    return {
      value: entry && JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(entry.bytes)),
    };
  } catch {
    return { code: 'SERIALIZATION' };
  }
}

async function same(work: Promise<unknown>, expected: ReturnType<typeof read>): Promise<void> {
  if ('code' in expected) await assertFails(work, expected.code);
  else assert.deepEqual(await work, expected.value);
}

function sum(entry: ModelEntry | undefined, by: number): number | undefined {
  const text = entry === undefined ? '0' : Buffer.from(entry.bytes).toString('latin1');
  if (!/^(?:0|-?[1-9]\d*)$/.test(text)) return undefined;
  const present = BigInt(text);
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  const total = present + BigInt(by);
  const isSafe = [present, total].every((each) => each <= limit && each >= -limit);
  return isSafe ? Number(total) : undefined;
}

const steps: readonly Arbitrary<AsyncCommand<CacheModel, Cache>>[] = [
  step('get', key, (at, model, cache) => same(cache.get(at), read(model.look(at)))),
  step('getBytes', key, async (at, model, cache) => {
    const found = model.look(at);
    assert.deepEqual(await cache.getBytes(at), found && new Uint8Array(found.bytes));
  }),
  step('getMany', keys, async (list, model, cache) => {
    const found = [...new Set(list)].map((at) => [at, model.look(at)] as const).filter(([, entry]) => entry);
    const values = found.map(([at, entry]) => [at, read(entry)] as const);
    if (values.some(([, each]) => 'code' in each)) return assertFails(cache.getMany(list), 'SERIALIZATION');
    assert.deepEqual(
      [...(await cache.getMany(list))],
      values.map(([at, each]) => [at, 'value' in each && each.value]),
    );
  }),
  step('exists', key, async (at, model, cache) => assert.equal(await cache.exists(at), model.entries.has(at))),
  step('set', tuple(key, value, terms), async ([at, input, options], model, cache) => {
    await cache.set(at, input, options);
    model.put(at, json(input), options.tags);
  }),
  step('set for no time', tuple(key, value, tagList), async ([at, input, tags], model, cache) => {
    await cache.set(at, input, { ttl: '0ms', tags });
    model.entries.delete(at);
    model.sets += 1;
  }),
  step('setBytes', tuple(key, bytes, terms), async ([at, input, options], model, cache) => {
    await cache.setBytes(at, input, options);
    model.put(at, input, options.tags);
  }),
  step('setString', tuple(key, integerText), async ([at, text], model, cache) => {
    await cache.setString(at, text);
    model.put(at, Buffer.from(text));
  }),
  step('setIfAbsent', tuple(key, value, terms), async ([at, input, options], model, cache) => {
    const isAbsent = !model.entries.has(at);
    assert.equal(await cache.setIfAbsent(at, input, options), isAbsent);
    if (isAbsent) model.put(at, json(input), options.tags);
  }),
  step('getAndSet', tuple(key, value), async ([at, input], model, cache) => {
    const before = read(model.look(at));
    model.put(at, json(input));
    await same(cache.getAndSet(at, input), before);
  }),
  step('setMany', tuple(dictionary(key, value, { maxKeys: 5 }), terms), async ([entries, options], model, cache) => {
    await cache.setMany(Object.entries(entries), options);
    for (const [at, input] of Object.entries(entries)) model.put(at, json(input), options.tags);
  }),
  step('increment', tuple(key, amount), async ([at, by], model, cache) => {
    const present = model.entries.get(at);
    const total = sum(present, by);
    if (total === undefined) return assertFails(cache.increment(at, by), 'OPERATION');
    assert.equal(await cache.increment(at, by), total);
    model.put(at, Buffer.from(String(total)), present?.tags);
  }),
  step('getOrSet', tuple(key, value, terms), async ([at, input, options], model, cache) => {
    const present = model.look(at);
    const before = read(present);
    await same(
      cache.getOrSet(at, async () => input, options),
      present ? before : { value: plain(input) },
    );
    if (!present) model.put(at, json(input), options.tags);
  }),
  step('delete', key, async (at, model, cache) => assert.equal(await cache.delete(at), model.drop(at))),
  step('deleteMany', keys, async (list, model, cache) => {
    const count = [...new Set(list)].filter((at) => model.drop(at)).length;
    assert.equal(await cache.deleteMany(list), count);
  }),
  step('clear', constant(null), async (_, model, cache) => {
    await cache.clear();
    for (const at of model.entries.keys()) model.drop(at);
    model.pastTags.clear();
  }),
  step('clear a namespace', namespace, async (name, model, cache) => {
    if (name === '') return assertFails(cache.clear({ namespace: name }), 'OPERATION');
    await cache.clear({ namespace: name });
    for (const at of model.entries.keys()) if (at.startsWith(`${name}:`)) model.drop(at);
  }),
  step('invalidateTags', tagList, async (tags, model, cache) => {
    await cache.invalidateTags(tags);
    for (const [at, entry] of model.entries) if (tags.some((tag) => entry.tags.has(tag))) model.drop(at);
    for (const [at, past] of model.pastTags) {
      const mayBeGone = tags.filter((tag) => past.delete(tag)).length > 0 && model.entries.has(at);
      if (mayBeGone && 'retagging' in model.cannot && !(await cache.exists(at))) model.drop(at);
    }
  }),
  step('lock', key, async (name, model, cache) => {
    const taken = model.locks.get(name) ?? [];
    const lock = await cache.lock(name, { ttl: '1h' });
    assert.equal(
      lock === null,
      taken.some(({ isHeld }) => isHeld),
    );
    if (!lock) return;
    assert.ok(lock.fence > model.fence, `fence ${lock.fence} follows ${model.fence}`);
    model.fence = lock.fence;
    model.locks.set(name, [...taken, { lock, isHeld: true }]);
  }),
  step('release every lock', key, async (name, model) => {
    for (const held of model.locks.get(name) ?? []) {
      assert.equal(await held.lock.extend('1h'), held.isHeld);
      assert.equal(await held.lock.release(), held.isHeld);
      held.isHeld = false;
    }
  }),
  step('stats', constant(null), async (_, model, cache) => {
    const { hits, misses, sets, deletes, entries, evictions } = await cache.stats();
    const { hits: modelHits, misses: modelMisses, sets: modelSets } = model;
    assert.deepEqual({ hits, misses, sets }, { hits: modelHits, misses: modelMisses, sets: modelSets });
    if ('measure' in model.cannot) return;
    assert.deepEqual(
      { deletes, entries, evictions },
      { deletes: model.deletes, entries: model.entries.size, evictions: 0 },
    );
  }),
];

/** Some operations, one after the other. */
export const modelSteps = oneof(...steps);
