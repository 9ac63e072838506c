import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { CacheBroker, CacheError, type SharedStore, openCacheStore } from '../../../src/cache/index.js';
import { foundForm } from '../../../src/cache/cache-calls.js';
import { readValuesForm } from '../../../src/cache/read-each.js';
import type { JsonValue } from '../../../src/foundation/index.js';
import { silentLogger } from '../foundation/silent-logger.js';
import { overLines } from '../wire/over-lines.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function brokerFor(url = 'memory:') {
  const store = await openCacheStore({ name: 'default', url });
  const broker = new CacheBroker((name) => (name === 'default' ? store : undefined), silentLogger);
  const open = (typedValues: boolean, name = 'default') =>
    broker.open({ moduleId: 'orders', name, config: {}, typedValues });
  return { store, open };
}

const readsBy =
  (call: (operation: string, params: JsonValue) => Promise<unknown>) =>
  async (...keys: string[]) =>
    readValuesForm.read((await call('get_each', { keys })) as Uint8Array, 'the answer');

describe('an entry on the wire', () => {
  it('lives on for as long as it does, rounded up, and within what an integer may be', () => {
    const written = (leftMs: number) => foundForm.write({ value: Buffer.from('1'), leftMs }, true);
    const passed = (leftMs: number) => foundForm.read(written(leftMs), 'entry').leftMs;
    const longest = Number.MAX_SAFE_INTEGER;
    expect([0.5, 1_500, longest, longest + 1, Infinity].map(passed)).toEqual([1, 1_500, longest, longest, Infinity]);
  });
});

describe('CacheBroker', () => {
  it('answers a plain peer in the plain forms of the protocol', async () => {
    const { open } = await brokerFor();
    const { call, typedValues, info } = await bound(open(false));
    expect([typedValues, info]).toEqual([false, { description: 'memory (s3-fifo, 10mb)' }]);
    const answers: [operation: string, params: JsonValue, result: JsonValue][] = [
      ['get', { key: 'a' }, null],
      ['set', { key: 'a', value: base64('one'), ttl_seconds: null }, null],
      ['get', { key: 'a' }, base64('one')],
      ['exists', { key: 'a' }, true],
      ['set_nx', { key: 'a', value: base64('x'), ttl_seconds: 5 }, false],
      ['get_set', { key: 'a', value: base64('two') }, base64('one')],
      ['get_set', { key: 'b', value: base64('2') }, null],
      ['increment', { key: 'b', delta: -3 }, -1],
      ['set_many', { items: { c: base64('3'), ['__proto__']: base64('4') }, ttl_seconds: 60 }, null],
      ['get_many', { keys: ['c', 'missing', '__proto__'] }, JSON.parse('{"c":"Mw==","__proto__":"NA=="}') as JsonValue],
      ['delete', { key: 'c' }, true],
      ['delete', { key: 'c' }, false],
      ['delete_many', { keys: ['a', '__proto__', 'missing'] }, 2],
      ['clear', { namespace: null }, null],
      ['exists', { key: 'b' }, false],
      ['ping', {}, null],
      ['ping', null, null],
    ];
    for (const [operation, params, result] of answers) {
      expect([operation, JSON.stringify(overLines(await call(operation, params)))]).toEqual([
        operation,
        JSON.stringify(result),
      ]);
    }
    expect(await call('stats', {})).toEqual({
      hits: 4,
      misses: 3,
      sets: 6,
      deletes: 4,
      item_count: 0,
      memory_used_bytes: 0,
      additional_metrics: {},
    });
  });

  it('gives a plain peer the token of a lock, and our own peer its fence, too', async () => {
    const { open } = await brokerFor();
    const plain = await bound(open(false));
    const token = (await plain.call('lock', { key: 'a', ttl_seconds: 60 })) as string;
    expect(token).toEqual(expect.any(String));
    expect(await plain.call('lock', { key: 'a', ttl_seconds: 60 })).toBeNull();
    expect(await plain.call('unlock', { key: 'a', lock_token: 'another' })).toBe(false);
    expect(await plain.call('unlock', { key: 'a', lock_token: token })).toBe(true);
    const ours = await bound(open(true));
    expect(await ours.call('lock', { key: 'a', ttl_ms: 50 })).toEqual({
      token: expect.any(String),
      fence: expect.any(Number),
    });
    await plain.call('set', { key: 'b', value: base64('1'), ttl_seconds: null });
    await plain.call('flush', {});
    expect(await plain.call('exists', { key: 'b' })).toBe(false);
  });

  it('adds evictions and expirations for our own peer', async () => {
    const { open } = await brokerFor();
    const { call } = await bound(open(true));
    expect(await call('stats', {})).toMatchObject({ additional_metrics: { evictions: 0, expirations: 0 } });
  });

  it('answers several reads of our own peer at once, and says which have to be read by themselves', async () => {
    const { open, store } = await brokerFor();
    const { call, info } = await bound(open(true));
    const getEach = readsBy(call);
    expect(info).toMatchObject({ gets_each: true });
    await call('set', { key: 'a', value: 'aGk=' });
    expect(await getEach('a', 'b', 'a')).toEqual([Buffer.from('hi'), undefined, Buffer.from('hi')]);
    expect(await call('stats', {})).toMatchObject({ hits: 2, misses: 1 });
    const long = Buffer.alloc(1_500_000);
    const get = async (key: string) => {
      if (key.startsWith('bad')) throw new CacheError('OPERATION', `${key} is a list`);
      return long;
    };
    store.get = get;
    expect(await getEach('bad 1', 'a', 'b', 'c')).toEqual(['apart', long, long, 'apart']);
    await expect(getEach('bad 1', 'bad 2')).rejects.toThrow('bad 1 is a list');
    await expect(getEach('a', '')).rejects.toMatchObject({ name: 'CacheError' });
    expect(await getEach()).toEqual([]);
  });

  it('tells one value of several however long it is, and short ones beside it', async () => {
    const { open, store } = await brokerFor();
    const getEach = readsBy((await bound(open(true))).call);
    const values: Record<string, Uint8Array> = {
      long: Buffer.alloc(5_000_000),
      longer: Buffer.alloc(6_000_000),
      short: Buffer.from('1'),
    };
    store.get = async (key) => values[key];
    const lengths = async (...keys: string[]) =>
      (await getEach(...keys)).map((value) => (value instanceof Uint8Array ? value.byteLength : value));
    expect(await lengths('long', 'longer', 'none')).toEqual([5_000_000, 'apart', undefined]);
    expect(await lengths('short', 'long', 'short')).toEqual([1, 'apart', 1]);
  });

  it('keeps no read waiting for another that hangs', async () => {
    const { open, store } = await brokerFor();
    const getEach = readsBy((await bound(open(true))).call);
    store.get = (key) => (key === 'hangs' ? new Promise(() => undefined) : Promise.resolve(undefined));
    expect(await getEach('hangs', 'a', 'hangs', 'b')).toEqual(['apart', undefined, 'apart', undefined]);
  });

  it('takes bytes as arrays too, whole seconds, and milliseconds beside them', async () => {
    const { open, store } = await brokerFor();
    const { call } = await bound(open(true));
    const ttls: (number | undefined)[] = [];
    store.set = async (_key, _value, terms) => void ttls.push(terms?.ttlMs);
    await call('set', { key: 'a', value: [104, 105] });
    await call('set', { key: 'a', value: '', ttl_seconds: 3 });
    await call('set', { key: 'a', value: '', ttl_seconds: 1, ttl_ms: 250 });
    await call('set', { key: 'a', value: '', ttl_seconds: 0 });
    expect(ttls).toEqual([undefined, 3_000, 250, 0]);
  });

  it('takes the tags of entries, and invalidates them', async () => {
    const { open, store } = await brokerFor();
    const { call } = await bound(open(true));
    await call('set', { key: 'a', value: '', tags: ['x', 'x'] });
    await call('set_nx', { key: 'b', value: '', tags: ['y'] });
    await call('set_many', { items: { c: '' }, tags: ['x', 'y'] });
    await call('set', { key: 'd', value: '', tags: null });
    expect(await call('invalidate_tags', { tags: ['x'] })).toBeNull();
    expect([...(await store.getMany(['a', 'b', 'c', 'd'])).keys()]).toEqual(['b', 'd']);
  });

  it.each([
    ['set', { key: 'a', value: '', tags: 'x' }, 'SERIALIZATION', "'tags'"],
    ['set', { key: 'a', value: '', tags: [''] }, 'OPERATION', 'the tag is empty'],
    ['set_nx', { key: 'a', value: '', tags: Array.from({ length: 65 }, (_, i) => `t${i}`) }, 'OPERATION', '64'],
    ['invalidate_tags', {}, 'SERIALIZATION', "'tags'"],
    ['get', {}, 'SERIALIZATION', "'key'"],
    ['get', null, 'SERIALIZATION', 'params'],
    ['get', { key: '' }, 'OPERATION', 'empty'],
    ['set', { key: 'a', value: 'not base64!' }, 'SERIALIZATION', "'value'"],
    ['set', { key: 'a', value: 'YQ=' }, 'SERIALIZATION', "'value'"],
    ['set', { key: 'a', value: [256] }, 'SERIALIZATION', "'value'"],
    ['set', { key: 'a', value: null }, 'SERIALIZATION', "'value'"],
    ['set', { key: 'a', value: '', ttl_seconds: -1 }, 'SERIALIZATION', "'ttl_seconds'"],
    ['set', { key: 'a', value: '', ttl_seconds: '5' }, 'SERIALIZATION', "'ttl_seconds'"],
    ['increment', { key: 'a', delta: 0.5 }, 'SERIALIZATION', "'delta'"],
    ['get_many', { keys: 'a' }, 'SERIALIZATION', "'keys'"],
    ['set_many', { items: ['a'] }, 'SERIALIZATION', "'items'"],
    ['clear', { namespace: 'a:b' }, 'OPERATION', "':'"],
    ['lock', { key: 'a', ttl_seconds: null }, 'OPERATION', 'a lock needs a ttl above 0'],
    ['gett', { key: 'a' }, 'OPERATION', "did you mean 'get'"],
    ['toString', {}, 'OPERATION', "no operation 'toString'"],
  ] as const)('refuses %s with %j', async (operation, params, code, mentioned) => {
    const { open, store } = await brokerFor();
    const { call } = await bound(open(false));
    await expect(call(operation, params)).rejects.toMatchObject({
      name: 'CacheError',
      code,
      message: expect.stringContaining(mentioned),
    });
    expect((await store.stats()).sets).toBe(0);
  });

  it('shares one store among modules and leaves it open when one of them closes', async () => {
    const { open } = await brokerFor();
    const [first, second] = [await open(true), await open(false)];
    await first.call('set', { key: 'a', value: base64('shared') });
    await first.close();
    await expect(first.call('get', { key: 'a' })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(overLines(await second.call('get', { key: 'a' }))).toBe(base64('shared'));
    expect(await second.call('close', {})).toBeNull();
    await expect(second.call('ping', {})).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await (await open(true)).call('exists', { key: 'a' })).toBe(true);
  });

  it('opens nothing that is not configured', async () => {
    const { open } = await brokerFor();
    await expect(open(true, 'sesions')).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining("'sesions'"),
    });
  });

  it('asks for no signal where it can be told without one', async () => {
    const { open } = await brokerFor();
    const connection = await open(true);
    const options = {
      get signal(): AbortSignal {
        throw new Error('a signal was made');
      },
      onAbort: () => undefined,
    };
    for (const [operation, params] of [
      ['set', { key: 'a', value: base64('1'), ttl_seconds: null }],
      ['get', { key: 'a' }],
      ['get_many', { keys: ['a', 'b'] }],
      ['increment', { key: 'n', delta: 1 }],
      ['clear', { namespace: null }],
    ] as const)
      await expect(connection.call(operation, params, options)).resolves.toBeDefined();
  });

  it('settles when its caller gives up, whatever the store is doing', async () => {
    const { store } = await brokerFor();
    const asked: string[] = [];
    const slow = Object.create(store, {
      get: { value: (key: string) => (asked.push(key), new Promise<never>(() => undefined)) },
    }) as SharedStore;
    const broker = new CacheBroker(() => slow, silentLogger);
    const connection = await broker.open({ moduleId: 'orders', name: 'default', config: {}, typedValues: true });
    const controller = new AbortController();
    const reason = new Error('given up');
    const call = connection.call('get', { key: 'a' }, { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(connection.call('get', { key: 'b' }, { signal: controller.signal })).rejects.toBe(reason);
    const told = connection.call('get', { key: 'c' }, { onAbort: (listener) => setImmediate(() => listener(reason)) });
    await expect(told).rejects.toBe(reason);
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('leaves nothing on a signal that outlives its calls', async () => {
    const { open } = await brokerFor();
    const connection = await open(true);
    const { signal } = new AbortController();
    await connection.call('set', { key: 'a', value: '' }, { signal });
    await expect(connection.call('increment', { key: 'a', delta: 1 }, { signal })).rejects.toThrow(
      'does not hold an integer',
    );
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('keeps no lease for a caller that gave up while it waited', async () => {
    const { open, store } = await brokerFor();
    const [first, second] = [await open(true), await open(true)];
    const { load } = (await first.call('lease', { key: 'a', wait_ms: 0, stale_ms: 0 })) as { load: string };
    const controller = new AbortController();
    const waiting = second.call('lease', { key: 'a', wait_ms: 5_000, stale_ms: 0 }, { signal: controller.signal });
    controller.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
    expect(await first.call('extend_lease', { key: 'a', lease: load })).toBe(true);
    expect(await first.call('settle_lease', { key: 'a', lease: load, value: null, stale_ms: 0 })).toBe(false);
    expect(await store.lease('a', { waitMs: 0 })).toMatchObject({ kind: 'load' });
  });

  it('gives a caller whose time is up the answer of now', async () => {
    const { open } = await brokerFor();
    const connection = await open(true);
    await connection.call('lease', { key: 'a', wait_ms: 0, stale_ms: 0 });
    const late = connection.call('lease', { key: 'a', wait_ms: -3, stale_ms: 0 });
    expect(await late).toEqual(await connection.call('lease', { key: 'a', wait_ms: 0, stale_ms: 0 }));
  });
});

async function bound(opening: ReturnType<CacheBroker['open']>) {
  const connection = await opening;
  const { typedValues, info } = connection;
  return { typedValues, info, call: (operation: string, params: JsonValue) => connection.call(operation, params) };
}
