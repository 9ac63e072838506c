import { describe, expect, it } from '@jest/globals';
import { NearHolder } from '../../../../src/cache/near/near-holder.js';
import { leaseMs } from '../../../../src/cache/near/near-limits.js';

/** A holder whose clock stands until it is set. */
function holderOf(maxEntries = 10) {
  const clock = { at: 5_000 };
  return { clock, holder: new NearHolder({ maxEntries, now: () => clock.at }) };
}

/** Whether it is resolved before anything else happens. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  void work.then(() => (done = true));
  await new Promise(setImmediate);
  return done;
}

describe('NearHolder', () => {
  it('lets no write wait for a key that is not held, or no more', () => {
    const { clock, holder } = holderOf();
    expect(holder.forget(['a'])).toBeUndefined();
    holder.lease('a');
    expect(holder.forget(['b'])).toBeUndefined();
    clock.at += leaseMs;
    expect(holder.forget(['a'])).toBeUndefined();
  });

  it('tells a watch what changed, and lets the write wait until the next watch confirms it', async () => {
    const { holder } = holderOf();
    holder.lease('a');
    const watch = holder.watch(0);
    const write = holder.forget(['a', 'b'])!;
    const change = await watch;
    expect(change.keys).toEqual(['a']);
    expect(await isDone(write)).toBe(false);
    void holder.watch(change.revision);
    await write;
    expect(holder.forget(['a'])).toBeUndefined();
  });

  it('tells what was not confirmed again, and takes no other number for a confirmation', async () => {
    const { holder } = holderOf();
    holder.lease('a');
    const write = holder.forget(['a'])!;
    const lost = await holder.watch(0);
    const again = await holder.watch(lost.revision + 1);
    expect(again).toEqual(lost);
    expect(await isDone(write)).toBe(false);
    void holder.watch(again.revision);
    await write;
  });

  it('lets a write wait for what an earlier one of the same key has not seen confirmed', async () => {
    const { holder } = holderOf();
    holder.lease('a');
    const first = holder.forget(['a'])!;
    const second = holder.forget(['a'])!;
    const { revision } = await holder.watch(0);
    expect(await isDone(second)).toBe(false);
    void holder.watch(revision);
    await Promise.all([first, second]);
  });

  it('asks for a confirmation of its own when the key was read again in between', async () => {
    const { holder } = holderOf();
    holder.lease('a');
    const first = holder.forget(['a'])!;
    const told = await holder.watch(0);
    holder.lease('a');
    const second = holder.forget(['a'])!;
    const again = holder.watch(told.revision);
    await first;
    expect(await isDone(second)).toBe(false);
    void holder.watch((await again).revision);
    await second;
  });

  it('lets a write wait no longer than the lease for a module that confirms nothing, or is gone', async () => {
    const { clock, holder } = holderOf();
    holder.lease('a');
    clock.at += leaseMs - 20;
    holder.close();
    expect(holder.isGone).toBe(false);
    await holder.forget(['a']);
    clock.at += 20;
    expect(holder.isGone).toBe(true);
  });

  it('frees every write and every lease when the module has forgotten everything', async () => {
    const { holder } = holderOf();
    for (const key of ['a', 'b']) holder.lease(key);
    const write = holder.forget(['a'])!;
    holder.release();
    await write;
    expect([holder.forget(['b']), holder.lease('c'), holder.isGone]).toEqual([undefined, undefined, true]);
    expect((await holder.watch(0)).keys).toEqual([]);
  });

  it('leases no more keys than it may, those counted in that are not confirmed, until leases end', () => {
    const { clock, holder } = holderOf(2);
    holder.lease('a');
    holder.lease('b');
    void holder.forget(['b']);
    expect(holder.lease('c')).toBeUndefined();
    expect(holder.lease('a')).toMatchObject({ end: clock.at + leaseMs });
    clock.at += leaseMs;
    expect(holder.lease('c')).toBeDefined();
    expect(holder.lease('d')).toBeDefined();
    holder.release();
  });

  it('gives up the lease of a read that found nothing, unless another read may need it', () => {
    const { holder } = holderOf();
    holder.forgo('a', holder.lease('a')!);
    expect(holder.forget(['a'])).toBeUndefined();
    const [found, missed] = [holder.lease('a')!, holder.lease('a')!];
    holder.forgo('a', missed);
    holder.forgo('a', found);
    expect(holder.forget(['a'])).toBeDefined();
    holder.release();
  });

  it('knows what a write of all keys that begin alike has changed', async () => {
    const { holder } = holderOf();
    for (const key of ['users:1', 'users:2', 'usersX']) holder.lease(key);
    void holder.forget({ prefix: 'users:' });
    expect((await holder.watch(0)).keys).toEqual(['users:1', 'users:2']);
    expect(holder.forget({ prefix: 'orders:' })).toBeUndefined();
    holder.release();
  });

  it.each([
    ['many keys', Array.from({ length: 1_001 }, (_, index) => `${index}`)],
    ['long keys', Array.from({ length: 7 }, (_, index) => `${index}`.padEnd(10_000, 'x'))],
  ])('tells too %s as everything', async (_, keys) => {
    const { holder } = holderOf(2_000);
    for (const key of keys) holder.lease(key);
    void holder.forget(keys);
    expect((await holder.watch(0)).keys).toBeUndefined();
    holder.release();
  });

  it('ends a watch when another takes its place, and when the connection closes', async () => {
    const { holder } = holderOf();
    const first = holder.watch(0);
    const second = holder.watch(0);
    expect((await first).keys).toEqual([]);
    expect(await isDone(second)).toBe(false);
    holder.close();
    await second;
  });
});
