import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deferred, settlesWithin, sleep, untilAborted, withDeadline } from '../../../src/foundation/index.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const late = () => new Error('late');

describe('settlesWithin', () => {
  it('tells whether the work settled in time, however it settled, and leaves no timer behind', async () => {
    expect(await settlesWithin(Promise.resolve(), 1_000)).toBe(true);
    expect(await settlesWithin(Promise.reject(new Error('broken')), 1_000)).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    const tooSlow = settlesWithin(new Deferred<void>().promise, 1_000);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await tooSlow).toBe(false);
  });
});

describe('withDeadline', () => {
  it('settles as the work does when that comes first, and leaves no timer behind', async () => {
    await expect(withDeadline(Promise.resolve('done'), 1_000, late)).resolves.toBe('done');
    await expect(withDeadline(Promise.reject(new Error('broken')), 1_000, late)).rejects.toThrow('broken');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects with what onTimeout makes once the time has passed, not before', async () => {
    const onTimeout = jest.fn(late);
    const outcome = withDeadline(new Deferred<string>().promise, 1_000, onTimeout).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(999);
    expect(onTimeout).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(await outcome).toEqual(late());
  });

  it('is not over at once for being longer than a timer can run', async () => {
    const onTimeout = jest.fn(late);
    const outcome = withDeadline(new Deferred<string>().promise, 365 * 86_400_000, onTimeout).catch(() => 'late');
    const slept = jest.fn();
    void sleep(365 * 86_400_000).then(slept);
    await jest.advanceTimersByTimeAsync(20 * 86_400_000);
    expect([onTimeout.mock.calls, slept.mock.calls]).toEqual([[], []]);
    await jest.advanceTimersByTimeAsync(5 * 86_400_000);
    expect(await outcome).toBe('late');
    expect(slept).toHaveBeenCalled();
  });

  it('takes what had come when a blocked loop goes on', async () => {
    jest.useRealTimers();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [far] = (await once(server, 'connection')) as [Socket];
    const onTimeout = jest.fn(late);
    const outcome = withDeadline(once(near, 'data'), 10, onTimeout).catch((error: unknown) => error);
    far.write('in time');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    expect(String(await outcome)).toBe('in time');
    await new Promise((resolve) => setImmediate(resolve));
    expect(onTimeout).not.toHaveBeenCalled();
    near.destroy();
    server.close();
  });

  it('does not report a rejection that comes after the deadline as unhandled', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const work = new Deferred<string>();
    const outcome = withDeadline(work.promise, 10, late).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(10);
    await outcome;
    work.reject(new Error('too late to matter'));
    jest.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('untilAborted', () => {
  it('settles as the work does when that comes first, and leaves no timer behind', async () => {
    const controller = new AbortController();
    await expect(untilAborted(controller, 1_000, late, async () => 'done')).resolves.toBe('done');
    const broken = () => {
      throw new Error('broken');
    };
    await expect(untilAborted(controller, 1_000, late, broken)).rejects.toThrow('broken');
    expect(controller.signal.aborted).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('aborts the work once the time has passed, and rejects whatever that makes of it', async () => {
    const controller = new AbortController();
    const outcome = untilAborted(controller, 1_000, late, () => new Deferred<string>().promise).catch(
      (error: unknown) => error,
    );
    await jest.advanceTimersByTimeAsync(999);
    expect(controller.signal.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await outcome).toEqual(late());
    expect(controller.signal.reason).toEqual(late());
  });

  it('rejects with the reason of whoever aborts before, and does not begin what was aborted already', async () => {
    const controller = new AbortController();
    const outcome = untilAborted(controller, 1_000, late, () => new Deferred<string>().promise);
    controller.abort(new Error('closed'));
    await expect(outcome).rejects.toThrow('closed');
    expect(jest.getTimerCount()).toBe(0);
    const work = jest.fn(async () => 'done');
    await expect(untilAborted(controller, 1_000, late, work)).rejects.toThrow('closed');
    expect(work).not.toHaveBeenCalled();
  });

  it('takes what had come when a blocked loop goes on', async () => {
    jest.useRealTimers();
    const controller = new AbortController();
    const { port1, port2 } = new MessageChannel();
    await new Promise((resolve) => setImmediate(resolve));
    const outcome = untilAborted(controller, 10, late, () => {
      port2.postMessage('in time');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      return once(port1, 'message');
    });
    await expect(outcome).resolves.toEqual(['in time']);
    port1.close();
  });
});

describe('sleep', () => {
  it('resolves after the time and not before', async () => {
    const woken = jest.fn();
    const slept = sleep(100).then(woken);
    await jest.advanceTimersByTimeAsync(99);
    expect(woken).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    await slept;
    expect(woken).toHaveBeenCalledTimes(1);
  });

  it('resolves at once when its signal aborts, or has aborted before', async () => {
    const abort = new AbortController();
    const slept = sleep(100_000, abort.signal);
    abort.abort();
    await slept;
    await sleep(100_000, abort.signal);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no listener on a signal that outlives it', async () => {
    const { signal } = new AbortController();
    const remove = jest.spyOn(signal, 'removeEventListener');
    const slept = sleep(10, signal);
    await jest.advanceTimersByTimeAsync(10);
    await slept;
    expect(remove).toHaveBeenCalledWith('abort', expect.any(Function));
  });
});
