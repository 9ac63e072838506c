import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WireError } from '../../../../src/foundation/index.js';
import { HttpError } from '../../../../src/http/index.js';
import { PortNegotiator, type PortNegotiatorOptions } from '../../../../src/module/ports/port-negotiator.js';
import { silentLogger } from '../../foundation/silent-logger.js';

// Loading it takes turns of the event loop that fake timers do not make.
beforeAll(() => import('cockatiel'));
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

type Answer = (wanted: number | null) => Promise<number>;

const gives =
  (...ports: number[]): Answer =>
  () =>
    Promise.resolve(ports.shift()!);
const refuses: Answer = () => Promise.reject(new WireError('PEER_REFUSED', 'port 22 is in use'));
const isSilent: Answer = () => new Promise(() => undefined);
const isGone: Answer = () => Promise.reject(new WireError('CHANNEL_CLOSED', 'gone'));

function negotiation(answer: Answer, taken: (port: number) => boolean = () => false, errno = 'EADDRINUSE') {
  const asked: (number | null)[] = [];
  const tried: number[] = [];
  const options: PortNegotiatorOptions = {
    request: (wanted) => {
      asked.push(wanted);
      return answer(wanted);
    },
    isPlain: false,
    logger: silentLogger,
  };
  const bind = (port: number) => {
    tried.push(port);
    return taken(port)
      ? Promise.reject(new HttpError('LISTEN_FAILED', `cannot listen on ${port}`, { details: { errno, port } }))
      : Promise.resolve(port);
  };
  return { asked, tried, bind, options, negotiator: new PortNegotiator(options) };
}

const fallbackPort = (port: number) => port >= 10_000 && port <= 10_999;

/** Lets all attempts pass. */
async function settled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  await jest.advanceTimersByTimeAsync(13_000);
  return work;
}

describe('PortNegotiator', () => {
  it('binds the port set aside without asking for one', async () => {
    const { negotiator, bind, asked } = negotiation(isSilent);
    await expect(negotiator.listen(bind, { allocated: 8005 })).resolves.toBe(8005);
    expect(asked).toEqual([]);
  });

  it('asks for another when the one set aside is taken', async () => {
    const { negotiator, bind, asked, tried } = negotiation(gives(8006), (port) => port === 8005);
    await expect(settled(negotiator.listen(bind, { allocated: 8005 }))).resolves.toBe(8006);
    expect(asked).toEqual([null]);
    expect(tried).toEqual([8005, 8006]);
  });

  it('asks again for each port that was taken before it could be bound', async () => {
    const { negotiator, bind, asked, tried } = negotiation(gives(8001, 8002, 8003), (port) => port < 8003);
    await expect(settled(negotiator.listen(bind, {}))).resolves.toBe(8003);
    expect(asked).toEqual([null, null, null]);
    expect(tried).toEqual([8001, 8002, 8003]);
  });

  it('names a random port in its second request to a plain orchestrator, which may give a taken port again', async () => {
    const { options, bind, asked } = negotiation(gives(8001, 8001, 8002), (port) => port === 8001);
    const negotiator = new PortNegotiator({ ...options, isPlain: true });
    await expect(settled(negotiator.listen(bind, {}))).resolves.toBe(8002);
    expect(asked).toEqual([null, expect.any(Number), null]);
    expect(asked[1]).toBeGreaterThanOrEqual(8_000);
    expect(asked[1]).toBeLessThanOrEqual(8_999);
  });

  it('falls back to a port of 10000-10999 once all three attempts went unanswered, 12.3 s later at most', async () => {
    const { negotiator, bind, asked } = negotiation(isSilent);
    const bound = jest.fn();
    const listening = negotiator.listen(bind, {}).then(bound);
    await jest.advanceTimersByTimeAsync(12_200);
    expect(bound).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(150);
    await listening;
    expect(asked).toEqual([null, null, null]);
    expect(fallbackPort(bound.mock.calls[0]![0] as number)).toBe(true);
  });

  it('falls back when it is refused, and when each port it is given is taken', async () => {
    const refused = negotiation(refuses);
    expect(fallbackPort(await settled(refused.negotiator.listen(refused.bind, {})))).toBe(true);
    const unlucky = negotiation(gives(8001, 8002, 8003), (port) => port < 9_000);
    expect(fallbackPort(await settled(unlucky.negotiator.listen(unlucky.bind, {})))).toBe(true);
  });

  it('does not ask any more after five failures, and falls back at once; it asks again 60 s later', async () => {
    const { negotiator, bind, asked } = negotiation(refuses);
    await settled(negotiator.listen(bind, {}));
    await settled(negotiator.listen(bind, {}));
    expect(asked).toHaveLength(5);
    const atOnce = await negotiator.listen(bind, {});
    expect(fallbackPort(atOnce)).toBe(true);
    expect(asked).toHaveLength(5);
    await jest.advanceTimersByTimeAsync(60_000);
    await settled(negotiator.listen(bind, {}));
    expect(asked).toHaveLength(6);
  });

  it('finds the one fallback port that is free', async () => {
    const { negotiator, bind, tried } = negotiation(refuses, (port) => port !== 10_421);
    await expect(settled(negotiator.listen(bind, {}))).resolves.toBe(10_421);
    expect(tried.every(fallbackPort)).toBe(true);
    expect(new Set(tried).size).toBe(tried.length);
  });

  it('says so when every fallback port is taken, having tried each once', async () => {
    const { negotiator, bind, tried } = negotiation(refuses, () => true);
    await expect(settled(negotiator.listen(bind, {}))).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: 'cannot listen: the orchestrator gave no port, and 10000-10999 are all taken',
    });
    expect(tried.every(fallbackPort)).toBe(true);
    expect(new Set(tried).size).toBe(1_000);
  });

  it('gives up at once when the address is wrong, whatever the port', async () => {
    const { negotiator, bind, tried } = negotiation(gives(8001), () => true, 'EADDRNOTAVAIL');
    await expect(negotiator.listen(bind, { allocated: 8000 })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    await expect(negotiator.listen(bind, {})).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    expect(tried).toEqual([8000, 8001]);
  });

  it('gives up at once when the orchestrator is gone', async () => {
    const { negotiator, bind, asked, tried } = negotiation(isGone);
    await expect(negotiator.listen(bind, {})).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    expect(asked).toHaveLength(1);
    expect(tried).toEqual([]);
  });
});

describe('a specific port', () => {
  it('is asked for, also where another was set aside', async () => {
    const { negotiator, bind, asked, tried } = negotiation(gives(8123));
    await expect(negotiator.listen(bind, { specific: 8123, allocated: 8000 })).resolves.toBe(8123);
    expect(asked).toEqual([8123]);
    expect(tried).toEqual([8123]);
  });

  it('needs no asking when it is the one set aside', async () => {
    const { negotiator, bind, asked } = negotiation(isSilent);
    await expect(negotiator.listen(bind, { specific: 8000, allocated: 8000 })).resolves.toBe(8000);
    expect(asked).toEqual([]);
  });

  it('is bound without leave when nobody answers', async () => {
    const { negotiator, bind, asked } = negotiation(isSilent);
    await expect(settled(negotiator.listen(bind, { specific: 8123 }))).resolves.toBe(8123);
    expect(asked).toEqual([8123, 8123, 8123]);
  });

  it('is replaced by no other: a refusal is an error that says what to do', async () => {
    const { negotiator, bind, tried } = negotiation(refuses);
    await expect(settled(negotiator.listen(bind, { specific: 22 }))).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message:
        'cannot listen on port 22: the orchestrator does not give it (port 22 is in use); set PORT to another, or unset it for any',
    });
    expect(tried).toEqual([]);
  });

  it('that stays taken is an error too', async () => {
    const { negotiator, bind } = negotiation(
      (wanted) => Promise.resolve(wanted!),
      () => true,
    );
    await expect(settled(negotiator.listen(bind, { specific: 8123 }))).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      details: { errno: 'EADDRINUSE' },
    });
  });
});
