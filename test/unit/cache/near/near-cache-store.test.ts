import { describe, expect, it } from '@jest/globals';
import { openProxiedStore } from '../../../../src/cache/index.js';
import { NearCacheStore } from '../../../../src/cache/near/near-cache-store.js';
import { Deferred, WireError } from '../../../../src/foundation/index.js';
import type { WireJson } from '../../../../src/wire/index.js';

const bytes = (text: string) => Buffer.from(text);
const terms = { maxBytes: 10_000, maxEntries: 10, leaseMs: 2_000, findsMany: true };
type Answer = WireJson | Promise<WireJson>;

/** A store whose connection answers as it is told, and whose clock stands until it is set. */
function nearStore(find: (key: string) => Answer, limits = terms) {
  const clock = { at: 1_000 };
  const asked: string[] = [];
  const watches: { confirmed: unknown; answer: Deferred<WireJson> }[] = [];
  const connection = {
    info: {},
    typedValues: true,
    call: async (operation: string, params: WireJson): Promise<WireJson> => {
      const { key, keys, confirmed } = params as { key: string; keys?: string[]; confirmed: WireJson };
      if (operation === 'near_watch') {
        const answer = new Deferred<WireJson>();
        watches.push({ confirmed, answer });
        return answer.promise;
      }
      asked.push([operation, ...(keys ?? [key ?? []].flat())].join(' '));
      if (operation === 'near_find_many') {
        const entries = await Promise.all(keys!.map(async (one) => [one, await find(one)] as const));
        return Object.fromEntries(entries.filter(([, entry]) => entry !== null));
      }
      if (operation === 'get_many') return {};
      if (operation === 'stats') return { hits: 10 };
      return operation === 'near_find' || operation === 'find' ? find(key) : null;
    },
    close: async () => undefined,
  };
  const store = new NearCacheStore('default', connection, limits, () => clock.at);
  const read = async (key = 'a') => {
    const value = await store.get(key);
    return value && String(Buffer.from(value));
  };
  return { store, clock, asked, watches, read };
}

const found = (value: string, more: object = {}) => ({ value: bytes(value), leased: true, ...more });
const turn = () => new Promise(setImmediate);

describe('NearCacheStore', () => {
  it('asks once for as long as a lease, counted from when it asked', async () => {
    const answer = new Deferred<WireJson>();
    const { clock, asked, read } = nearStore(() => answer.promise);
    const first = read();
    clock.at += 1_500;
    answer.resolve(found('1'));
    expect(await first).toBe('1');
    clock.at += 499;
    expect(await read()).toBe('1');
    expect(asked).toHaveLength(1);
    clock.at += 1;
    await read();
    expect(asked).toHaveLength(2);
  });

  it('keeps nothing that comes without a lease, is larger than its memory, or is not there', async () => {
    const answers: Record<string, WireJson> = {
      a: found('1', { leased: false }),
      b: found('x'.repeat(10_000)),
      c: null,
    };
    const { asked, read } = nearStore((key) => answers[key]!);
    for (const key of ['a', 'b', 'c', 'a', 'b', 'c']) await read(key);
    expect(asked).toHaveLength(6);
  });

  it('keeps an entry for half of what is left of its ttl, and says how long it lives on', async () => {
    const { store, clock, asked } = nearStore(() => found('1', { left_ms: 1_001 }));
    await store.find('a');
    clock.at += 499;
    expect(await store.find('a')).toEqual({ value: Uint8Array.of(49), leftMs: 502 });
    expect(asked).toHaveLength(1);
    clock.at += 1;
    await store.find('a');
    expect(asked).toHaveLength(2);
  });

  it('forgets what it is told before it confirms, and keeps no answer that was under way', async () => {
    const answers = [found('1'), found('1'), found('2')];
    const late = new Deferred<WireJson>();
    const { asked, watches, read } = nearStore((key) => (key === 'late' ? late.promise : answers.shift()!));
    await read();
    const underWay = read('late');
    watches[0]!.answer.resolve({ revision: 7, keys: ['a', 'late'] });
    await turn();
    expect(watches.map(({ confirmed }) => confirmed)).toEqual([0, 7]);
    late.resolve(found('old'));
    expect(await underWay).toBe('old');
    await Promise.all([read('late'), read()]);
    expect(asked).toEqual(['near_find a', 'near_find late', 'near_find late', 'near_find a']);
  });

  it('forgets everything when it is told so', async () => {
    const { asked, watches, read } = nearStore(() => found('1'));
    await read('a');
    await read('b');
    watches[0]!.answer.resolve({ revision: 1, keys: null });
    await turn();
    await read('a');
    await read('b');
    expect(asked).toHaveLength(4);
  });

  it('drops everything when the line to the orchestrator does, and keeps nothing until it is back', async () => {
    const { asked, watches, read, store } = nearStore(() => found('1'));
    await read();
    const gone = new WireError('CHANNEL_CLOSED', 'the session has ended');
    watches[0]!.answer.resolve({ revision: 9, keys: [] });
    await turn();
    watches[1]!.answer.reject(gone);
    await turn();
    await read();
    await read();
    expect(asked).toEqual(['near_find a', 'find a', 'find a']);
    const giveUpAt = Date.now() + 5_000;
    while (watches.length < 3 && Date.now() < giveUpAt) await turn();
    expect(watches[2]!.confirmed).toBe(9);
    await read();
    await read();
    expect(asked.slice(3)).toEqual(['near_find a']);
    await store.close();
  });

  it('takes of many what is near, and asks for the others once; near hits are in its stats', async () => {
    const { store, asked } = nearStore((key) => (key === 'missing' ? null : found(key)));
    await store.get('a');
    for (const _ of [1, 2]) {
      const many = await store.getMany(['a', 'b', 'missing']);
      expect(new Map([...many].map(([key, value]) => [key, String(Buffer.from(value))]))).toEqual(
        new Map([
          ['a', 'a'],
          ['b', 'b'],
        ]),
      );
    }
    expect([...(await store.getMany(['b'])).keys()]).toEqual(['b']);
    expect(asked).toEqual(['near_find a', 'near_find_many b missing', 'near_find_many missing']);
    expect(await store.stats()).toMatchObject({ hits: 14 });
  });

  it('keeps of many no answer without a lease, nor one that it was told to forget meanwhile', async () => {
    const late = new Deferred<WireJson>();
    const answers: Record<string, Answer> = { a: late.promise, b: found('1', { leased: false }), c: found('1') };
    const { store, asked, watches } = nearStore((key) => answers[key]!);
    const underWay = store.getMany(['a', 'b', 'c']);
    watches[0]!.answer.resolve({ revision: 7, keys: ['a'] });
    await turn();
    late.resolve(found('old'));
    expect([...(await underWay).keys()]).toEqual(['a', 'b', 'c']);
    await store.getMany(['a', 'b', 'c']);
    expect(asked).toEqual(['near_find_many a b c', 'near_find_many a b']);
  });

  it('asks an orchestrator that leases one entry at a time for many as ever, and keeps none of them', async () => {
    const { store, asked } = nearStore(() => found('1'), { ...terms, findsMany: false });
    await store.get('a');
    expect([...(await store.getMany(['a', 'b'])).keys()]).toEqual(['a']);
    expect(asked).toEqual(['near_find a', 'get_many b']);
  });

  it('gives its leases back when it closes, and answers no more', async () => {
    const { store, asked, read } = nearStore(() => found('1'));
    await read();
    await store.close();
    await store.close();
    expect(asked).toEqual(['near_find a', 'near_release']);
    await expect(read()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('is there only where the orchestrator says so in a form that is known', async () => {
    const connection = {
      typedValues: true,
      call: () => new Promise<WireJson>(() => undefined),
      close: async () => undefined,
    };
    const near = { max_bytes: 1_000, max_entries: 10, lease_ms: 2_000 };
    const isNear = (info: object, typedValues = true) =>
      openProxiedStore('default', { ...connection, typedValues, info: { ...info } }) instanceof NearCacheStore;
    expect([isNear({ near }), isNear({}), isNear({ near: true }), isNear({ near }, false)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
