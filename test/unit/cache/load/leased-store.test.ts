import { describe, expect, it } from '@jest/globals';
import { LeasedStore } from '../../../../src/cache/load/leased-store.js';
import { MemoryStore } from '../../../../src/cache/memory/memory-store.js';

const text = (value: string) => Buffer.from(value);
const now = { waitMs: 0 };

/** Two processes' stores over one backend. */
function sharing() {
  const backend = new MemoryStore({ name: 'c' });
  return { backend, here: new LeasedStore(backend), there: new LeasedStore(backend) };
}

async function leased(store: LeasedStore, key = 'key'): Promise<string> {
  const answer = await store.lease(key, now);
  if (answer.kind === 'load' && answer.token !== undefined) return answer.token;
  throw new Error(`no lease: ${answer.kind}`);
}

describe('LeasedStore', () => {
  it('lets one load, here and elsewhere, until it has stored or given up', async () => {
    const { here, there } = sharing();
    const token = await leased(here);
    expect([await here.lease('key', now), await there.lease('key', now)]).toEqual([{ kind: 'busy' }, { kind: 'busy' }]);
    expect(await here.settle('key', token)).toBe(false);
    const next = await leased(there);
    expect(await there.settle('key', next, { value: text('1'), terms: {} })).toBe(true);
    for (const store of [here, there])
      expect(await store.lease('key', now)).toMatchObject({ kind: 'found', entry: { leftMs: Infinity } });
    expect(await here.lock('key', 1_000)).toBeDefined();
  });

  it('writes an entry to live for its ttl and the time it may be stale', async () => {
    const { here, backend } = sharing();
    const loaded = { value: text('1'), terms: { ttlMs: 60_000 }, staleForMs: 30_000 };
    await here.settle('key', await leased(here), loaded);
    const { leftMs } = (await backend.find('key'))!;
    expect(leftMs).toBeGreaterThan(80_000);
    expect(leftMs).toBeLessThanOrEqual(90_000);
    expect(await here.lease('key', { waitMs: 0, staleForMs: 30_000 })).toMatchObject({ kind: 'found' });
    const stale = await here.lease('key', { waitMs: 0, staleForMs: 100_000 });
    expect(stale).toEqual({ kind: 'load', token: expect.any(String) });
  });

  const writes: Readonly<Record<string, (store: LeasedStore) => Promise<unknown>>> = {
    set: (store) => store.set('ns:key', text('w')),
    delete: (store) => store.delete('ns:key'),
    setIfAbsent: (store) => store.setIfAbsent('ns:key', text('w')),
    getAndSet: (store) => store.getAndSet('ns:key', text('w')),
    increment: (store) => store.increment('ns:key', 1),
    setMany: (store) => store.setMany(new Map([['ns:key', text('w')]])),
    deleteMany: (store) => store.deleteMany(['ns:key']),
    'clear of its namespace': (store) => store.clear('ns'),
    clear: (store) => store.clear(),
  };
  it.each(Object.keys(writes))('stores nothing that was loaded while a %s came', async (write) => {
    const { here, backend } = sharing();
    const token = await leased(here, 'ns:key');
    await writes[write]!(here);
    const written = await backend.get('ns:key');
    expect(await here.extendLease('ns:key', token)).toBe(false);
    expect(await here.settle('ns:key', token, { value: text('loaded'), terms: {} })).toBe(false);
    expect(await backend.get('ns:key')).toEqual(written);
    if (!written) expect(await leased(here, 'ns:key')).not.toBe(token);
  });

  it('goes on with a load while other keys are written and other namespaces cleared', async () => {
    const { here } = sharing();
    const token = await leased(here, 'ns:key');
    await here.set('ns:other', text('w'));
    await here.clear('n');
    expect(await here.settle('ns:key', token, { value: text('loaded'), terms: {} })).toBe(true);
  });

  it('stores nothing over an entry that came from elsewhere, nor under a lease that was dropped there', async () => {
    const { here, backend } = sharing();
    const token = await leased(here);
    await backend.set('key', text('theirs'));
    expect(await here.settle('key', token, { value: text('ours'), terms: {} })).toBe(false);
    expect(await backend.get('key')).toEqual(new Uint8Array(text('theirs')));

    const dropped = await leased(here, 'dropped');
    await backend.unlock('\0load:dropped', dropped);
    expect(await here.settle('dropped', dropped, { value: text('ours'), terms: {} })).toBe(false);
    expect(await backend.exists('dropped')).toBe(false);
  });

  it('wakes who waits when the lease ends, and answers busy when the wait is over first', async () => {
    const { here, there } = sharing();
    const token = await leased(here);
    const waiting = [here, there].map((store) => store.lease('key', { waitMs: 5_000 }));
    expect(await here.lease('key', { waitMs: 5 })).toEqual({ kind: 'busy' });
    await here.settle('key', token, { value: text('1'), terms: {} });
    for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject({ kind: 'found' });
  });

  it('gives no lease to a caller that has gone', async () => {
    const { here } = sharing();
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(here.lease('key', now, gone)).rejects.toThrow('gone');
    await leased(here);
    expect(await here.lease('key', { waitMs: 5_000 }, gone)).toEqual({ kind: 'busy' });
  });

  it('lets who waits go when it is closed', async () => {
    const { here } = sharing();
    await leased(here);
    const waiting = here.lease('key', { waitMs: 5_000 });
    await here.close();
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
