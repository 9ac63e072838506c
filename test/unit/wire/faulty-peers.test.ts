import { getEventListeners, setMaxListeners } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import type { ServiceConnection } from '../../../src/wire/index.js';
import { closeAll, connect, connectModuleByHand, connectPlain, opened, service } from './session-ends.js';

afterEach(closeAll);

const ext = { v: 2, features: ['corr', 'b64', 'err', 'types', 'cancel', 'deadline'] };
const get = { method: 'GET', uri: '/', headers: {}, body: null };
const dropped = { level: 'debug', message: 'an answer nobody waits for was dropped' };
const result = (request_id: unknown, value: unknown) => ({
  op: 'service_operation_result',
  request_id,
  success: true,
  result: value,
  error: null,
});

/** What would keep the process alive. */
const pendingTimers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** The timers of calls ran for a minute, longer than a test may take; those of channels that close end by themselves. */
async function noMoreTimersThan(count: number): Promise<void> {
  while (pendingTimers() > count) await new Promise((turn) => setImmediate(turn));
}

async function openCache(peer: Awaited<ReturnType<typeof connectPlain>>): Promise<ServiceConnection> {
  const opening = peer.session.openService('Cache', 'default');
  peer.send(opened(await peer.next('service_request')));
  return opening;
}

/** Everything sent before it has been handled by our end. */
async function heartbeat(peer: Awaited<ReturnType<typeof connectPlain>>): Promise<void> {
  peer.send({ op: 'heartbeat' });
  await peer.next('heartbeat_ack');
}

describe('an orchestrator that breaks the rules', () => {
  it('by answering twice, does not reach the next call with its second answer', async () => {
    const peer = await connectPlain(undefined, { ext });
    const cache = await openCache(peer);
    const first = cache.call('get', 1);
    const { request_id } = await peer.next('service_operation');
    peer.send(result(request_id, 'first'));
    peer.send(result(request_id, 'second'));
    await expect(first).resolves.toBe('first');
    const second = cache.call('get', 2);
    const { request_id: next } = await peer.next('service_operation');
    peer.send(result(request_id, 'third'));
    peer.send(result(next, 'right'));
    await expect(second).resolves.toBe('right');
    expect(peer.logged).toEqual([dropped, dropped]);
  });

  it('by answering what was never asked, changes nothing', async () => {
    const peer = await connectPlain(undefined, { ext });
    const cache = await openCache(peer);
    const call = cache.call('get', 1);
    const { request_id } = await peer.next('service_operation');
    peer.send(result('nobody', 1));
    peer.send(result(undefined, 1));
    peer.send({ op: 'secret', name: 'KEY', value: 'v', request_id: 'nobody' });
    peer.send({ op: 'secret', name: 'KEY', value: 'v' });
    peer.send({ op: 'port_response', request_id, success: true, port: 1, error_message: null });
    peer.send({ ...opened({ id: request_id, service_type: 'Cache' }) });
    peer.send({ op: 'cancel', request_id: 'nobody' });
    await heartbeat(peer);
    expect(peer.logged).toEqual([dropped, dropped, dropped, dropped, dropped, dropped]);
    peer.send(result(request_id, 'right'));
    await expect(call).resolves.toBe('right');
  });

  it('by answering with the wrong types, is not believed, and its right answer still is', async () => {
    const peer = await connectPlain(undefined, { ext });
    const cache = await openCache(peer);
    const call = cache.call('get', 1);
    const { request_id } = await peer.next('service_operation');
    for (const wrong of [{ success: 'true' }, { success: null }, { error: 7 }, { success: undefined }])
      peer.send({ ...result(request_id, 1), ...wrong });
    peer.send({ ...result(7, 1) });
    peer.send([result(request_id, 1)]);
    await heartbeat(peer);
    expect(peer.logged.map(({ message }) => message)).toEqual([
      ...Array<string>(4).fill('a malformed line was skipped'),
      dropped.message,
      'a malformed line was skipped',
    ]);
    peer.send(result(request_id, 'right'));
    await expect(call).resolves.toBe('right');
  });

  it('by opening a service without saying which, fails that call alone', async () => {
    const peer = await connectPlain(undefined, { ext });
    const opening = peer.session.openService('Cache', 'default');
    const request = await peer.next('service_request');
    peer.send({ ...opened(request), connection_id: null });
    await expect(opening).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
    await expect(openCache(peer)).resolves.toBeDefined();
  });

  it('by never answering, fails each call at its deadline and no other', async () => {
    const peer = await connectPlain(undefined, { ext, callTimeoutMs: 5 });
    const late = { code: 'CALL_TIMEOUT', retryable: true };
    await expect(peer.session.openService('Cache', 'default')).rejects.toMatchObject(late);
    await expect(peer.session.requestPort(null)).rejects.toMatchObject(late);
    await expect(peer.session.getSecret('KEY', { timeoutMs: 5 })).rejects.toMatchObject(late);
    const cache = await openCacheWithin(peer, 60_000);
    await expect(cache.call('get', 1)).rejects.toMatchObject(late);
    const answered = cache.call('get', 2, { timeoutMs: 60_000 });
    await peer.next('service_operation');
    const { request_id } = await peer.next('service_operation');
    peer.send(result(request_id, 2));
    await expect(answered).resolves.toBe(2);
  });

  it('by answering in any order, reaches every caller with its own answer', async () => {
    const peer = await connectPlain(undefined, { ext });
    const cache = await openCache(peer);
    const calls = Array.from({ length: 500 }, (_, index) => cache.call('get', index));
    const asked = [];
    for (const _ of calls) asked.push(await peer.next('service_operation'));
    const shuffled = asked.toSorted((a, b) => String(a['request_id']).localeCompare(String(b['request_id'])));
    for (const { request_id, params } of shuffled) peer.send(result(request_id, params));
    await expect(Promise.all(calls)).resolves.toEqual(calls.map((_, index) => index));
  });

  it('by going away over 10,000 calls, fails every one of them and every later one', async () => {
    const timers = pendingTimers();
    const peer = await connectPlain(undefined, { ext });
    const cache = await openCache(peer);
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      cache.call('get', index, { timeoutMs: 60_000, ...(index < 100 && { signal: controller.signal }) }),
    );
    const outcomes = Promise.allSettled(calls);
    await peer.otherEnd.close();
    const reasons = (await outcomes).map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome));
    expect(new Set(reasons.map((reason: { code?: unknown }) => reason.code))).toEqual(new Set(['CHANNEL_CLOSED']));
    await expect(cache.call('get', 1)).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await noMoreTimersThan(timers);
  });
});

async function openCacheWithin(peer: Awaited<ReturnType<typeof connectPlain>>, timeoutMs: number) {
  await peer.next('service_request');
  const opening = peer.session.openService('Cache', 'default', timeoutMs);
  peer.send(opened(await peer.next('service_request')));
  return opening;
}

describe('a module that breaks the rules', () => {
  it('by answering twice, or what was never asked, reaches nobody with it', async () => {
    const { peer, init, send, next, logged } = await connectModuleByHand();
    const ln = init.ext!.nonce;
    send({ op: 'announce', listen: 'l', endpoints: [], ext, ln });
    await peer.announced;
    const response = (request_id: unknown, status_code: unknown) => ({
      op: 'http_response',
      request_id,
      status_code,
      headers: {},
      body: null,
      ln,
    });
    const first = peer.request(get, { timeoutMs: 60_000 });
    const { request_id } = await next('http_request');
    send(response(request_id, 201));
    send(response(request_id, 202));
    await expect(first).resolves.toMatchObject({ status_code: 201 });
    const second = peer.request(get, { timeoutMs: 60_000 });
    const { request_id: other } = await next('http_request');
    send(response(request_id, 203));
    send(response('nobody', 204));
    send({ op: 'rotation_ack', rotation_id: 'nobody', status: 'success', ln });
    send(response(other, 200));
    await expect(second).resolves.toMatchObject({ status_code: 200 });
    expect(logged).toEqual([dropped, dropped, dropped, dropped]);
  });

  it('by answering with the wrong type, fails the call at once', async () => {
    const { peer, init, send, next } = await connectModuleByHand();
    send({ op: 'announce', listen: 'l', endpoints: [], ext, ln: init.ext!.nonce });
    const call = peer.request(get, { timeoutMs: 60_000 });
    const { request_id } = await next('http_request');
    send({ op: 'http_response', request_id, status_code: '200', headers: {}, body: null, ln: init.ext!.nonce });
    await expect(call).rejects.toMatchObject({
      code: 'MESSAGE_INVALID',
      message: expect.stringContaining('status_code'),
    });
  });

  it('by using one id for many calls, gets an answer to each, and cancels only the first', async () => {
    const gates = new Map<unknown, Deferred<string>>();
    const connection = service((_operation, params) => {
      const gate = new Deferred<string>();
      gates.set(params, gate);
      return gate.promise;
    });
    const { init, send, next, lines } = await connectModuleByHand({ openService: () => Promise.resolve(connection) });
    const ln = init.ext!.nonce;
    send({ op: 'heartbeat_ack', ext, ln });
    send({ op: 'service_request', id: 'a', service_type: 'Cache', config: null, ln });
    const { connection_id } = await next('service_response');
    const operation = {
      op: 'service_operation',
      connection_id,
      service_type: 'Cache',
      operation: 'get',
      request_id: 'r',
      ln,
    };
    for (const params of [1, 2, 3]) send({ ...operation, params });
    send({ op: 'cancel', request_id: 'r', ln });
    send({ op: 'get_secret', name: 'KEY', ln });
    await next('secret');
    for (const [params, gate] of gates) gate.resolve(`answer ${String(params)}`);
    expect((await next('service_operation_result'))['result']).toBe('answer 2');
    expect((await next('service_operation_result'))['result']).toBe('answer 3');
    expect(lines).toEqual([]);
  });

  it('by using connections that it never opened, is refused', async () => {
    const { init, send, next } = await connectModuleByHand();
    const ln = init.ext!.nonce;
    send({
      op: 'service_operation',
      connection_id: 'x',
      service_type: 'Cache',
      operation: 'get',
      params: {},
      request_id: 'r',
      ln,
    });
    expect(await next('service_operation_result')).toMatchObject({
      request_id: 'r',
      success: false,
      error_code: 'PEER_REFUSED',
    });
  });

  it('by never answering, fails each request and rotation at its deadline', async () => {
    const { peer, init, send } = await connectModuleByHand();
    send({ op: 'announce', listen: 'l', endpoints: [], ext, ln: init.ext!.nonce });
    await peer.announced;
    await expect(peer.request(get, { timeoutMs: 5 })).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    await expect(peer.rotate({ keys: ['A'], rotation_id: 'r' }, 5)).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
  });

  it('by going away over 10,000 requests, fails every one of them and leaves nothing behind', async () => {
    const timers = pendingTimers();
    const { peer, init, send, otherEnd } = await connectModuleByHand();
    send({ op: 'announce', listen: 'l', endpoints: [], ext, ln: init.ext!.nonce });
    await peer.announced;
    const requests = Array.from({ length: 10_000 }, () => peer.request(get, { timeoutMs: 60_000 }));
    const outcomes = Promise.allSettled(requests);
    await otherEnd.close();
    for (const outcome of await outcomes)
      if (outcome.status === 'fulfilled' || (outcome.reason as { code?: string }).code !== 'CHANNEL_CLOSED')
        throw new Error(`a request that was under way came to ${JSON.stringify(outcome)}`);
    await expect(peer.request(get, { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    await noMoreTimersThan(timers);
  });

  it('by going away over 10,000 operations under way, aborts every one of them', async () => {
    const timers = pendingTimers();
    let [begun, aborted] = [0, 0];
    const all = new Deferred<void>();
    const connection = service((_operation, _params, options) => {
      options?.signal?.addEventListener('abort', () => (aborted += 1), { once: true });
      if (++begun === 10_000) all.resolve();
      return new Promise(() => undefined);
    });
    const { session } = await connect({ openService: () => Promise.resolve(connection) });
    const cache = await session.openService('Cache', 'default');
    const calls = Array.from({ length: 10_000 }, () => cache.call('get', null, { timeoutMs: 60_000 }));
    const outcomes = Promise.allSettled(calls);
    await all.promise;
    await session.close();
    await outcomes;
    await closeAll();
    expect([begun, aborted]).toEqual([10_000, 10_000]);
    await noMoreTimersThan(timers);
  });
});
