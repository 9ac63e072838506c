import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import {
  type Arbitrary,
  array,
  assert as assertHolds,
  asyncProperty,
  boolean,
  constantFrom,
  nat,
  oneof,
  record,
  type Scheduler,
  scheduler as inAnyOrder,
} from 'fast-check';
import {
  CacheBroker,
  type LeasingStore,
  openCacheStore,
  openProxiedStore,
  type SharedStore,
} from '../../src/cache/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';

const moduleIds = ['one', 'two', 'three'];
const keys = ['a', 'b', 'ns:c'];

type Write = 'set' | 'delete' | 'getAndSet' | 'setMany' | 'deleteMany' | 'clear' | 'clear namespace';
type Step = { module: number } & ({ does: 'get' | 'getMany' | 'find'; key: number } | { does: Write; key: number });

const reads = ['get', 'find', 'getMany', 'getMany'] as const;
const writes = ['set', 'set', 'delete', 'getAndSet', 'setMany', 'deleteMany', 'clear', 'clear namespace'] as const;
const step: Arbitrary<Step> = record({
  module: nat(moduleIds.length - 1),
  does: oneof({ weight: 3, arbitrary: constantFrom(...reads) }, constantFrom(...writes)),
  key: nat(keys.length - 1),
});

/** Every step of it, before and after it touches its entries, is one that the scheduler chooses when to take. */
function slow(store: SharedStore, scheduler: Scheduler): SharedStore {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), `to the store: ${String(name)}`);
        const result: unknown = await Reflect.apply(member, target, args);
        await scheduler.schedule(Promise.resolve(), `from the store: ${String(name)}`);
        return result;
      };
    },
  });
}

/** Modules of one broker, all but the first with a near cache, whose messages overtake each other as the scheduler likes. */
async function openModules(scheduler: Scheduler): Promise<readonly LeasingStore[]> {
  const store = slow(await openCacheStore({ name: 'default', url: 'memory:' }), scheduler);
  const limits = { maxBytes: 1024 ** 2, maxEntries: 2 };
  const near = { modules: new Map(moduleIds.slice(1).map((id) => [id, limits])), mayOutlive: false };
  const broker = new CacheBroker(() => store, silentLogger, new Map([['default', near]]));
  const open = async (moduleId: string) => {
    const connection = await broker.open({ moduleId, name: 'default', config: {}, typedValues: true });
    return openProxiedStore('default', {
      info: connection.info,
      typedValues: true,
      call: async (operation, params) => {
        await scheduler.schedule(Promise.resolve(), `${moduleId} asks ${operation}`);
        const answer = await connection.call(operation, params);
        await scheduler.schedule(Promise.resolve(), `${moduleId} is answered ${operation}`);
        return answer;
      },
      close: () => connection.close(),
    });
  };
  return Promise.all(moduleIds.map(open));
}

async function run<T>(steps: readonly T[], take: (step: T) => Promise<unknown>): Promise<void> {
  for (const one of steps) await take(one);
}

const closeAll = (modules: readonly LeasingStore[]) => Promise.all(modules.map((module) => module.close()));

/** What was written to one key, in order: each write begins when the one before was acknowledged. */
class History {
  readonly #states: (string | undefined)[] = [undefined];
  #acknowledged = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** The first state that a read which begins now may see. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  async turn(): Promise<() => void> {
    const before = this.#last;
    let end!: () => void;
    this.#last = new Promise<void>((resolve) => (end = resolve));
    await before;
    return end;
  }

  begin(state: string | undefined): void {
    this.#states.push(state);
  }

  acknowledge(): void {
    this.#acknowledged = this.#states.length - 1;
  }

  check(seen: string | undefined, since: number, what: string): void {
    const possible = this.#states.slice(since);
    assert.ok(possible.includes(seen), `${what} found ${seen}, which is older than ${possible.join(', ')}`);
  }
}

/** What the modules write and read, and what they may find. */
class Hunt {
  readonly #histories = new Map(keys.map((key) => [key, new History()]));
  #values = 0;

  constructor(private readonly modules: readonly LeasingStore[]) {}

  take({ module, does, key: index }: Step): Promise<void> {
    const store = this.modules[module]!;
    const key = keys[index]!;
    if (does === 'get' || does === 'find' || does === 'getMany')
      return this.#read(store, does, key, moduleIds[module]!);
    return this.#write(store, does, key);
  }

  async #read(store: LeasingStore, how: 'get' | 'find' | 'getMany', key: string, who: string): Promise<void> {
    const among = how === 'getMany' ? keys : [key];
    const since = new Map(among.map((one) => [one, this.#histories.get(one)!.acknowledged]));
    const found = new Map<string, Uint8Array | undefined>();
    if (how === 'get') found.set(key, await store.get(key));
    else if (how === 'find') found.set(key, (await store.find(key))?.value);
    else for (const [one, value] of await store.getMany(keys)) found.set(one, value);
    for (const one of among) {
      const value = found.get(one);
      this.#histories.get(one)!.check(value && String(Buffer.from(value)), since.get(one)!, `${who}: ${how} of ${one}`);
    }
  }

  async #write(store: LeasingStore, how: Write, key: string): Promise<void> {
    const changed = changedBy(how, key);
    const histories = changed.map((one) => this.#histories.get(one)!);
    const ends: (() => void)[] = [];
    for (const history of histories) ends.push(await history.turn());
    const state = how === 'set' || how === 'getAndSet' || how === 'setMany' ? String((this.#values += 1)) : undefined;
    for (const history of histories) history.begin(state);
    await perform(store, how, changed, state);
    for (const history of histories) history.acknowledge();
    for (const end of ends) end();
  }
}

function changedBy(how: Write, key: string): readonly string[] {
  if (how === 'clear namespace') return ['ns:c'];
  return how === 'setMany' || how === 'deleteMany' || how === 'clear' ? keys : [key];
}

async function perform(store: LeasingStore, how: Write, changed: readonly string[], state?: string): Promise<void> {
  const value = Buffer.from(state ?? '');
  switch (how) {
    case 'set':
      return store.set(changed[0]!, value);
    case 'getAndSet':
      return void (await store.getAndSet(changed[0]!, value));
    case 'delete':
      return void (await store.delete(changed[0]!));
    case 'setMany':
      return store.setMany(new Map(changed.map((key) => [key, value])));
    case 'deleteMany':
      return void (await store.deleteMany(changed));
    case 'clear':
      return store.clear();
    case 'clear namespace':
      return store.clear('ns');
  }
}

/** The same in every run; a failure prints what the scheduler chose. */
const inEveryRun = { seed: 20_261_126, numRuns: 1_000 };
const tasksOf = <T>(one: Arbitrary<T>) => array(array(one, { maxLength: 8 }), { maxLength: 6 });

describe('near caches of several modules', () => {
  it('never answer with what is older than an acknowledged write, whatever overtakes what', async () => {
    const property = asyncProperty(inAnyOrder(), tasksOf(step), async (scheduler, tasks) => {
      const modules = await scheduler.waitFor(openModules(scheduler));
      const hunt = new Hunt(modules);
      await scheduler.waitFor(Promise.all(tasks.map((steps) => run(steps, (one) => hunt.take(one)))));
      await scheduler.waitFor(closeAll(modules));
    });
    await assertHolds(property, inEveryRun);
  });

  it('never answer with a count below an acknowledged one, with many writers of one key at once', async () => {
    const turn = record({ module: nat(moduleIds.length - 1), counts: boolean() });
    const property = asyncProperty(inAnyOrder(), tasksOf(turn), async (scheduler, tasks) => {
      const modules = await scheduler.waitFor(openModules(scheduler));
      let acknowledged = 0;
      const take = async ({ module, counts }: { module: number; counts: boolean }) => {
        const since = acknowledged;
        const store = modules[module]!;
        const seen = counts ? await store.increment('n', 1) : Number(Buffer.from((await store.get('n')) ?? '0'));
        assert.ok(seen >= since, `${moduleIds[module]} found ${seen} after ${since} was acknowledged`);
        if (counts) acknowledged = Math.max(acknowledged, seen);
      };
      await scheduler.waitFor(Promise.all(tasks.map((steps) => run(steps, take))));
      await scheduler.waitFor(closeAll(modules));
    });
    await assertHolds(property, inEveryRun);
  });
});
