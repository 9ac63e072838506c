import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import type { ModuleHttp } from '../../../../src/orchestrator/gateway/module-http.js';
import { boundedHttp } from '../../../../src/orchestrator/hosting/bounded-http.js';

const request = { method: 'GET', uri: '/', headers: {}, body: null };

function bounded() {
  const sent: Deferred<Response>[] = [];
  const inner: ModuleHttp = {
    takesStreams: false,
    send: () => {
      const answer = new Deferred<Response>();
      sent.push(answer);
      return answer.promise;
    },
  };
  const http = boundedHttp().http!(inner, { listen: '127.0.0.1:1', observer: undefined });
  const ask = (options: { timeoutMs: number; signal?: AbortSignal } = { timeoutMs: 1_000 }) =>
    http.send(request, options).then(
      ({ status }) => status,
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
  return { sent, ask };
}

const turn = () => new Promise(setImmediate);

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('boundedHttp', () => {
  it('sends no more than 64 at once, and the next as answers come', async () => {
    const { sent, ask } = bounded();
    const answers = Array.from({ length: 70 }, () => ask());
    await turn();
    expect(sent).toHaveLength(64);
    sent[0]!.resolve(new Response());
    expect(await answers[0]).toBe(200);
    await jest.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(65);
  });

  it('keeps the place of a request whose caller gave up until its answer came', async () => {
    const { sent, ask } = bounded();
    const given = Array.from({ length: 64 }, () => ask());
    const waits = ask({ timeoutMs: 5_000 });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await Promise.all(given)).toEqual(Array.from({ length: 64 }, () => 'CALL_TIMEOUT'));
    expect(sent).toHaveLength(64);
    sent[3]!.reject(new Error('late'));
    await jest.advanceTimersByTimeAsync(0);
    sent[64]!.resolve(new Response());
    expect(await waits).toBe(200);
  });

  it('never sends a request that was given up before its turn', async () => {
    const { sent, ask } = bounded();
    for (let n = 0; n < 64; n++) void ask({ timeoutMs: 60_000 });
    const gone = new AbortController();
    const aborted = ask({ timeoutMs: 60_000, signal: gone.signal });
    gone.abort(new Error('the client went'));
    expect(await aborted).toBe('Error: the client went');
    await turn();
    sent[0]!.resolve(new Response());
    await jest.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(64);
  });

  it('refuses more than 1024 that wait', async () => {
    const { ask } = bounded();
    for (let n = 0; n < 64 + 1_024; n++) void ask();
    expect(await ask()).toBe('BACKPRESSURE');
    await jest.advanceTimersByTimeAsync(1_000);
  });
});
