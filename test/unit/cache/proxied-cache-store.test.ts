import { describe, expect, it } from '@jest/globals';
import { CacheError, StoreCache } from '../../../src/cache/index.js';
import { PyWattError, WireError } from '../../../src/foundation/index.js';
import type { ProxiedCacheStore } from '../../../src/cache/proxied-cache-store.js';
import type { WireJson } from '../../../src/wire/index.js';
import { storeWith } from './store-with.js';

const failing = (error: unknown) =>
  storeWith(() => {
    throw error;
  }).store;

describe('ProxiedCacheStore', () => {
  it('sends what a plain orchestrator understands: whole seconds, rounded up', async () => {
    const { store, sent } = storeWith(() => null, false);
    await store.set('a', Buffer.from('hi'));
    await store.set('a', Buffer.from('hi'), { ttlMs: 1_001 });
    await store.setMany(new Map([['a', Buffer.from('hi')]]), { ttlMs: 2_000 });
    await store.clear('users');
    await store.clear();
    expect(sent).toEqual([
      ['set', { key: 'a', value: 'aGk=', ttl_seconds: null }],
      ['set', { key: 'a', value: 'aGk=', ttl_seconds: 2 }],
      ['set_many', { items: { a: 'aGk=' }, ttl_seconds: 2 }],
      ['clear', { namespace: 'users' }],
      ['clear', { namespace: null }],
    ]);
  });

  it('adds milliseconds for our own orchestrator where seconds cannot say it', async () => {
    const { store, sent } = storeWith(() => true);
    await store.setIfAbsent('a', new Uint8Array(0), { ttlMs: 250 });
    await store.setIfAbsent('a', new Uint8Array(0), { ttlMs: 3_000 });
    expect(sent).toEqual([
      ['set_nx', { key: 'a', value: '', ttl_seconds: 1, ttl_ms: 250 }],
      ['set_nx', { key: 'a', value: '', ttl_seconds: 3 }],
    ]);
  });

  it('sends tags to our own orchestrator, and refuses them where a plain one would drop them', async () => {
    const tags = ['user:7'];
    const ours = storeWith(() => null);
    await ours.store.set('a', new Uint8Array(0), { tags });
    await ours.store.invalidateTags(tags);
    expect(ours.sent).toEqual([
      ['set', { key: 'a', value: '', ttl_seconds: null, tags }],
      ['invalidate_tags', { tags }],
    ]);
    const { store, sent } = storeWith(() => null, false);
    const writes = [
      () => store.set('a', new Uint8Array(0), { tags }),
      () => store.setIfAbsent('a', new Uint8Array(0), { tags }),
      () => store.setMany(new Map(), { tags }),
      () => store.invalidateTags(tags),
    ];
    for (const write of writes)
      await expect(write()).rejects.toMatchObject({
        name: 'CacheError',
        code: 'OPERATION',
        message: expect.stringContaining('knows no tags'),
      });
    expect(sent).toEqual([]);
  });

  it('encodes no more of a value than a message may have, and sends none that is longer', async () => {
    const { store, sent } = storeWith((operation) => (operation === 'lease' ? { load: true } : null));
    const cache = new StoreCache(store);
    let encoded = 0;
    const item = { toJSON: () => 'x'.repeat((encoded += 1) && 100) };
    const long = Array.from({ length: 10_000 }, () => item);
    const tooLong = {
      code: 'OPERATION',
      message: expect.stringMatching(/"a" takes more than 1000 bytes.*wire\.maxLine/),
    };
    for (const write of [
      () => cache.set('a', long),
      () => cache.setMany({ a: long }),
      () => cache.setIfAbsent('a', long),
      () => cache.getAndSet('a', long),
      () => cache.setString('a', 'x'.repeat(1_001)),
      () => cache.setBytes('a', new Uint8Array(1_001)),
    ])
      await expect(write()).rejects.toMatchObject(tooLong);
    expect(sent).toEqual([]);
    await expect(cache.getOrSet('a', async () => long)).rejects.toMatchObject(tooLong);
    expect(encoded).toBeLessThan(100);
    await cache.setBytes('a', new Uint8Array(1_000));
  });

  it('refuses many that are too long together before it has encoded all of them', async () => {
    const { store, sent } = storeWith(() => null);
    const cache = new StoreCache(store);
    let encoded = 0;
    const value = { toJSON: () => ((encoded += 1), 'x'.repeat(298)) };
    const many = (count: number) => Array.from({ length: count }, (_, index) => [`k${index}`, value] as const);
    await expect(cache.setMany(many(100))).rejects.toMatchObject({
      code: 'OPERATION',
      message: expect.stringMatching(/"k3" and those before it take more than 1000 bytes.*wire\.maxLine/),
    });
    expect([encoded, sent]).toEqual([4, []]);
    await cache.setMany(many(3));
  });

  it('is full before it is too long where the cache holds less than a message', async () => {
    const cache = new StoreCache(storeWith(() => null, true, { max_bytes: 500 }).store);
    await expect(cache.setString('a', 'x'.repeat(2_000))).rejects.toMatchObject({ code: 'FULL' });
  });

  it('reads the answers of a plain orchestrator, nulls and byte arrays included', async () => {
    const { store } = storeWith((operation) => (operation === 'get' ? [104, 105] : null), false);
    expect(await store.get('a')).toEqual(Uint8Array.of(104, 105));
    expect(await store.delete('a')).toBe(false);
    expect(await store.getAndSet('a', new Uint8Array(0))).toBeUndefined();
    expect((await store.getMany(['a'])).size).toBe(0);
    expect(await store.deleteMany(['a'])).toBe(0);
    expect(await store.stats()).toEqual({
      hits: 0,
      misses: 0,
      sets: 0,
      deletes: 0,
      evictions: 0,
      expirations: 0,
      entries: 0,
      bytes: 0,
    });
  });

  it('finds an entry with the rest of its time, or without end where there is none', async () => {
    const answers: WireJson[] = [{ value: 'aGk=', left_ms: 1_500 }, { value: 'aGk=' }, null];
    const { store, sent } = storeWith(() => answers.shift()!);
    expect(await store.find('a')).toEqual({ value: Buffer.from('hi'), leftMs: 1_500 });
    expect(await store.find('a')).toEqual({ value: Buffer.from('hi'), leftMs: Infinity });
    expect(await store.find('a')).toBeUndefined();
    expect(sent[0]).toEqual(['find', { key: 'a' }]);
  });

  it('finds with get under a plain orchestrator, which does not tell how long an entry lives', async () => {
    const answers: WireJson[] = ['aGk=', null];
    const { store, sent } = storeWith(() => answers.shift()!, false);
    expect(await store.find('a')).toEqual({ value: Buffer.from('hi'), leftMs: Infinity });
    expect(await store.find('a')).toBeUndefined();
    expect(sent.map(([operation]) => operation)).toEqual(['get', 'get']);
  });

  it('asks our own orchestrator for leases, and reads what becomes of them', async () => {
    const answers: WireJson[] = [
      { load: 'token' },
      { load: true },
      { found: { value: 'aGk=', left_ms: 5 } },
      null,
      true,
      true,
    ];
    const { store, sent } = storeWith(() => answers.shift()!);
    const request = { waitMs: 1.5, staleForMs: 10 };
    expect(await store.lease('a', request)).toEqual({ kind: 'load', token: 'token' });
    expect(await store.lease('a', request)).toEqual({ kind: 'load', token: undefined });
    expect(await store.lease('a', request)).toEqual({
      kind: 'found',
      entry: { value: Buffer.from('hi'), leftMs: 5 },
    });
    expect(await store.lease('a', request)).toEqual({ kind: 'busy' });
    expect(await store.extendLease('a', 'token', 1_000)).toBe(true);
    expect(await store.settle('a', 'token', { value: Buffer.from('hi'), terms: { ttlMs: 50 }, staleForMs: 7 })).toBe(
      true,
    );
    expect(sent.slice(3)).toEqual([
      ['lease', { key: 'a', wait_ms: 2, stale_ms: 10, tags: null }],
      ['extend_lease', { key: 'a', lease: 'token', ttl_seconds: 1 }],
      ['settle_lease', { key: 'a', lease: 'token', value: 'aGk=', stale_ms: 7, ttl_seconds: 1, ttl_ms: 50 }],
    ]);
    await expect(storeWith(() => ({ load: 1 })).store.lease('a', request)).rejects.toMatchObject({
      code: 'SERIALIZATION',
    });
  });

  it('says of a caller whose time is up that it does not wait', async () => {
    const { store, sent } = storeWith(() => ({ load: true }));
    await store.lease('a', { waitMs: -2.5 });
    expect(sent).toEqual([['lease', expect.objectContaining({ wait_ms: 0 })]]);
  });

  it('loads without a lease under a plain orchestrator, and keeps nothing there for being stale', async () => {
    const { store, sent } = storeWith(() => null, false);
    expect(await store.lease('a', { waitMs: 100 })).toEqual({ kind: 'load' });
    expect(await store.settle('a', undefined)).toBe(false);
    const loaded = { value: Buffer.from('hi'), terms: { ttlMs: 2_000 }, staleForMs: 60_000 };
    expect(await store.settle('a', undefined, loaded)).toBe(true);
    expect(sent).toEqual([['set', { key: 'a', value: 'aGk=', ttl_seconds: 2 }]]);
  });

  it('refuses an answer that is none', async () => {
    await expect(storeWith(() => ({ odd: 1 })).store.get('a')).rejects.toMatchObject({ code: 'SERIALIZATION' });
    await expect(storeWith(() => 'text').store.increment('a', 1)).rejects.toMatchObject({ code: 'SERIALIZATION' });
  });

  it.each([
    ['CHANNEL_CLOSED', 'CONNECTION'],
    ['BACKPRESSURE', 'CONNECTION'],
    ['CALL_TIMEOUT', 'TIMEOUT'],
    ['MESSAGE_INVALID', 'SERIALIZATION'],
    ['PEER_REFUSED', 'OPERATION'],
    ['LINE_TOO_LONG', 'OPERATION'],
  ] as const)('turns %s of the wire into %s with its cause', async (wireCode, code) => {
    const cause = new WireError(wireCode, 'what happened', { retryable: true });
    const failure: unknown = await failing(cause)
      .get('a')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CacheError);
    expect(failure).toMatchObject({ code, retryable: true, cause, message: "cache 'sessions': what happened" });
  });

  it.each([
    ['increment', (store: ProxiedCacheStore) => store.increment('a', 1)],
    ['setIfAbsent', (store: ProxiedCacheStore) => store.setIfAbsent('a', Buffer.from('hi'))],
    ['getAndSet', (store: ProxiedCacheStore) => store.getAndSet('a', Buffer.from('hi'))],
    ['lock', (store: ProxiedCacheStore) => store.lock('a', 1_000)],
  ])('lets nobody repeat %s when its answer was lost with the channel', async (_name, ask) => {
    const lost = new WireError('CHANNEL_CLOSED', 'gone', { retryable: true });
    await expect(ask(failing(lost))).rejects.toMatchObject({
      code: 'CONNECTION',
      retryable: false,
      message: "cache 'sessions': gone; it may have been done",
    });
    const unsent = new WireError('CHANNEL_CLOSED', 'gone', { retryable: true, details: { sent: false } });
    await expect(ask(failing(unsent))).rejects.toMatchObject({ code: 'CONNECTION', retryable: true });
  });

  it('gives errors of the orchestrator back as they were', async () => {
    const full = new PyWattError('cache', 'FULL', 'too large', { details: { maxBytes: 1 } });
    const failure: unknown = await failing(full)
      .get('a')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CacheError);
    expect(failure).toMatchObject({ code: 'FULL', message: 'too large', details: { maxBytes: 1 } });
    await expect(failing(new TypeError('odd')).get('a')).rejects.toMatchObject({
      name: 'CacheError',
      code: 'OPERATION',
    });
  });

  it('closes its connection once and then sends nothing', async () => {
    const { store, sent, closes } = storeWith(() => null);
    await store.close();
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ code: 'CLOSED' });
    expect([closes(), sent.length]).toEqual([1, 0]);
  });

  it('says what the orchestrator says it is', () => {
    expect(storeWith(() => null, true, { description: 'memory (lru, 10mb)' }).store.description).toBe(
      'memory (lru, 10mb) of the orchestrator',
    );
    expect(storeWith(() => null, false).store.description).toBe('cache of the orchestrator');
  });
});
