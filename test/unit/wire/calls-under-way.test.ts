import { describe, expect, it } from '@jest/globals';
import { Deferred, WireError } from '../../../src/foundation/index.js';
import { CallsUnderWay, type CallUnderWay } from '../../../src/wire/calls-under-way.js';

const aborted = ({ signal }: CallUnderWay) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

describe('calls under way', () => {
  it('settle as their work does', async () => {
    const calls = new CallsUnderWay();
    await expect(calls.run('a', undefined, () => Promise.resolve(1))).resolves.toBe(1);
    await expect(calls.run('a', 1_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(calls.cancel('a')).toBe(false);
  });

  it('come to nothing once they are cancelled, whatever their work comes to', async () => {
    const calls = new CallsUnderWay();
    const work = new Deferred<string>();
    const reasons: unknown[] = [];
    const stubborn = calls.run('a', undefined, ({ signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return work.promise;
    });
    const obedient = calls.run('b', undefined, aborted);
    expect([calls.cancel('a'), calls.cancel('b'), calls.cancel('c')]).toEqual([true, true, false]);
    work.resolve('done all the same');
    await expect(Promise.all([stubborn, obedient])).resolves.toEqual([undefined, undefined]);
    expect(reasons).toEqual([expect.objectContaining({ code: 'CANCELLED' })]);
  });

  it('tell without a signal, before and after the abort, and make one that is aborted', async () => {
    const calls = new CallsUnderWay();
    const call = calls.begin('a', undefined);
    const reasons: unknown[] = [];
    call.onAbort((reason) => reasons.push(reason));
    calls.cancel('a');
    calls.cancel('a');
    call.onAbort((reason) => reasons.push(reason));
    const cancelled = expect.objectContaining({ code: 'CANCELLED' });
    expect(reasons).toEqual([cancelled, cancelled]);
    expect([call.signal.aborted, call.signal.reason]).toEqual([true, cancelled]);
    calls.end(call);
    expect(calls.cancel('a')).toBe(false);
  });

  it('are aborted at the deadline of the caller, and then rejected', async () => {
    const calls = new CallsUnderWay();
    await expect(calls.run('a', 0, aborted)).rejects.toMatchObject({ code: 'CALL_TIMEOUT', details: { timeoutMs: 0 } });
    expect(calls.cancel('a')).toBe(false);
  });

  it('are aborted each at its own deadline, whichever of them came first', async () => {
    const calls = new CallsUnderWay();
    const far = calls.run('far', 2 ** 40, aborted);
    await expect(calls.run('near', 5, aborted)).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    await expect(calls.run('next', 5, aborted)).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    calls.cancel('far');
    await expect(far).resolves.toBeUndefined();
  });

  it('tell how long their caller still waits', async () => {
    const calls = new CallsUnderWay();
    const left = await calls.run('a', 60_000, async ({ timeoutMs }) => timeoutMs);
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
    expect(await calls.run('b', undefined, async ({ timeoutMs }) => timeoutMs ?? 'none')).toBe('none');
  });

  it('keep the id of the first when a peer uses one twice', async () => {
    const calls = new CallsUnderWay();
    const second = new Deferred<number>();
    const first = calls.run('a', undefined, aborted);
    const other = calls.run('a', undefined, () => second.promise);
    calls.cancel('a');
    second.resolve(2);
    await expect(Promise.all([first, other])).resolves.toEqual([undefined, 2]);
  });

  it('are aborted all at once when the session ends', async () => {
    const calls = new CallsUnderWay();
    const running = [calls.run('a', undefined, aborted), calls.run('b', 60_000, aborted)];
    calls.abortAll(new WireError('CHANNEL_CLOSED', 'gone'));
    for (const call of running) await expect(call).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
  });
});
