import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import type { ServiceConnection } from '../../../src/wire/index.js';
import { closeAll, connect, connectModuleByHand, connectPlain, opened, service } from './session-ends.js';

afterEach(closeAll);

const two = { v: 2, features: ['corr', 'b64', 'err', 'types', 'cancel', 'deadline'] };
const get = { method: 'GET', uri: '/', headers: {}, body: null };
const enough = new Error('enough');

/** Waits for its signal, and tells its reason. */
function waiting() {
  const started = new Deferred<void>();
  const aborted = new Deferred<unknown>();
  const work = (signal: AbortSignal | undefined) => {
    signal?.addEventListener('abort', () => aborted.resolve(signal.reason), { once: true });
    started.resolve();
    return new Promise<never>(() => undefined);
  };
  return { started: started.promise, aborted: aborted.promise, work };
}

describe('a call that its module gives up', () => {
  it('is aborted on the orchestrator when its signal fires', async () => {
    const { started, aborted, work } = waiting();
    const connection = service((_operation, _params, options) => work(options?.signal));
    const { session } = await connect({ openService: () => Promise.resolve(connection) });
    const database = await session.openService('Database', 'default');
    const controller = new AbortController();
    const call = database.call('query', null, { signal: controller.signal });
    await started;
    controller.abort(enough);
    await expect(call).rejects.toBe(enough);
    await expect(aborted).resolves.toMatchObject({ code: 'CANCELLED' });
  });

  it('is aborted on the orchestrator when its deadline passes', async () => {
    const { aborted, work } = waiting();
    const connection = service((_operation, _params, options) => work(options?.signal));
    const { session } = await connect({ openService: () => Promise.resolve(connection) });
    const database = await session.openService('Database', 'default');
    await expect(database.call('query', null, { timeoutMs: 5 })).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    await expect(aborted).resolves.toMatchObject({ family: 'wire' });
  });

  it('is cancelled once, under its id, and its late answer is dropped without a word', async () => {
    const { session, send, next, lines, logged } = await connectPlain(undefined, { ext: two });
    const opening = session.openService('Cache', 'default');
    send(opened(await next('service_request')));
    const cache = await opening;
    const controller = new AbortController();
    const call = cache.call('get', {}, { signal: controller.signal });
    const { request_id, deadline_ms } = await next('service_operation');
    expect(deadline_ms).toBe(30_000);
    controller.abort(enough);
    await expect(call).rejects.toBe(enough);
    expect(await next('cancel')).toEqual({ op: 'cancel', request_id });
    const answer = { op: 'service_operation_result', request_id, success: true, result: 1, error: null };
    send(answer);
    const other = cache.call('get', {});
    const { request_id: second } = await next('service_operation');
    send({ ...answer, request_id: second });
    await expect(other).resolves.toBe(1);
    expect(logged).toEqual([]);
    expect(lines).toEqual([]);
    send(answer);
    send({ op: 'heartbeat' });
    await next('heartbeat_ack');
    expect(logged).toEqual([{ level: 'debug', message: 'an answer nobody waits for was dropped' }]);
  });

  it('leaves no connection behind that was opened too late', async () => {
    const opening = new Deferred<ServiceConnection>();
    const closed: string[] = [];
    const { init, send, next, lines } = await connectModuleByHand({ openService: () => opening.promise });
    const ln = init.ext!.nonce;
    send({ op: 'heartbeat_ack', ext: two, ln });
    send({ op: 'service_request', id: 'a', service_type: 'Cache', config: null, ln });
    send({ op: 'cancel', request_id: 'a', ln });
    send({ op: 'get_secret', name: 'KEY', ln });
    await next('secret');
    opening.resolve(service(() => Promise.resolve(null), closed));
    send({ op: 'get_secret', name: 'KEY', ln });
    await next('secret');
    expect(closed).toEqual(['closed']);
    expect(lines).toEqual([]);
  });

  it('has its connection closed when the answer that opened it crossed the cancellation', async () => {
    const { session, send, next, logged } = await connectPlain(undefined, { ext: two });
    const opening = session.openService('Cache', 'default', 1);
    const request = await next('service_request');
    await expect(opening).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(await next('cancel')).toEqual({ op: 'cancel', request_id: request['id'] });
    send(opened(request));
    expect(await next('service_operation')).toMatchObject({ connection_id: request['id'], operation: 'close' });
    expect(logged).toEqual([]);
  });

  it('is told the caller’s deadline beside the signal', async () => {
    const told: unknown[] = [];
    const connection = service((_operation, _params, options) => {
      told.push(options?.timeoutMs);
      return Promise.resolve(null);
    });
    const { session } = await connect({ openService: () => Promise.resolve(connection) });
    const cache = await session.openService('Cache', 'default');
    await cache.call('get', null, { timeoutMs: 5_000 });
    expect(told).toEqual([expect.any(Number)]);
    expect(told[0]).toBeGreaterThan(3_000);
    expect(told[0]).toBeLessThanOrEqual(5_000);
  });

  it('may be a request for a port, which then gives none', async () => {
    const { started, aborted, work } = waiting();
    const { session } = await connect({ requestPort: (_specific, signal) => work(signal) });
    const controller = new AbortController();
    const call = session.requestPort(null, { signal: controller.signal });
    await started;
    controller.abort(enough);
    await expect(call).rejects.toBe(enough);
    await expect(aborted).resolves.toMatchObject({ code: 'CANCELLED' });
    const late = session.requestPort(null, { timeoutMs: 5 });
    await expect(late).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
  });

  it('is told to the observer as one that failed, and never answered', async () => {
    const ended: unknown[] = [];
    const { aborted, work } = waiting();
    const connection = service((_operation, _params, options) =>
      Promise.race([work(options?.signal), aborted.then(() => Promise.reject(new Error('stopped')))]),
    );
    const { init, send, next, lines } = await connectModuleByHand(
      { openService: () => Promise.resolve(connection) },
      {
        sent: () => undefined,
        received: () => undefined,
        dropped: () => undefined,
        called: (_service, operation) => (succeeded) => void ended.push([operation, succeeded]),
        heartbeat: () => undefined,
      },
    );
    const ln = init.ext!.nonce;
    send({ op: 'heartbeat_ack', ext: two, ln });
    send({ op: 'service_request', id: 'a', service_type: 'Cache', config: null, ln });
    const { connection_id } = await next('service_response');
    send({
      op: 'service_operation',
      request_id: 'r',
      connection_id,
      service_type: 'Cache',
      operation: 'query',
      params: {},
      ln,
    });
    send({ op: 'cancel', request_id: 'r', ln });
    send({ op: 'cancel', request_id: 'nobody made it', ln });
    send({ op: 'get_secret', name: 'KEY', ln });
    await next('secret');
    send({ op: 'get_secret', name: 'KEY', ln });
    await next('secret');
    expect(ended).toContainEqual(['query', false]);
    expect(lines).toEqual([]);
  });

  it('is aborted at the deadline its message names, and answered, when no cancellation comes', async () => {
    const connection = service(
      (_operation, _params, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error), { once: true });
        }),
    );
    const { init, send, next } = await connectModuleByHand({ openService: () => Promise.resolve(connection) });
    const ln = init.ext!.nonce;
    send({ op: 'heartbeat_ack', ext: two, ln });
    send({ op: 'service_request', id: 'a', service_type: 'Cache', config: null, ln });
    const { connection_id } = await next('service_response');
    const operation = {
      op: 'service_operation',
      connection_id,
      service_type: 'Cache',
      operation: 'get',
      params: {},
      ln,
    };
    send({ ...operation, request_id: 'r', deadline_ms: 1 });
    expect(await next('service_operation_result')).toMatchObject({
      request_id: 'r',
      success: false,
      error_code: 'CALL_TIMEOUT',
      retryable: true,
    });
  });
});

describe('a request that the orchestrator gives up', () => {
  it('is aborted in the module when its signal fires, and never answered', async () => {
    const { started, aborted, work } = waiting();
    const { session, peer } = await connect();
    session.serve({
      http: (_request, signal) => work(signal),
      rotated: () => Promise.resolve(),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    await session.getSecret('NONE');
    const controller = new AbortController();
    const request = peer.request(get, { timeoutMs: 60_000, signal: controller.signal });
    await started;
    controller.abort(enough);
    await expect(request).rejects.toBe(enough);
    await expect(aborted).resolves.toMatchObject({ code: 'CANCELLED' });
  });

  it('is aborted in the module when its deadline passes or the orchestrator goes', async () => {
    const late = waiting();
    const orphaned = waiting();
    const { session, peer } = await connect();
    session.serve({
      http: ({ uri }, signal) => (uri === '/late' ? late : orphaned).work(signal),
      rotated: () => Promise.resolve(),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    await session.getSecret('NONE');
    await expect(peer.request({ ...get, uri: '/late' }, { timeoutMs: 5 })).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
    });
    await expect(late.aborted).resolves.toMatchObject({ family: 'wire' });
    const request = peer.request(get, { timeoutMs: 60_000 });
    await orphaned.started;
    await Promise.all([expect(request).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' }), peer.close()]);
    await expect(orphaned.aborted).resolves.toMatchObject({ code: 'CHANNEL_CLOSED' });
  });

  it('is never begun when the module had not yet begun to serve', async () => {
    const { session, send, next } = await connectPlain(undefined, { ext: two });
    const request = { op: 'http_request', method: 'GET', headers: {}, body: null };
    send({ ...request, request_id: 'a', uri: '/cancelled' });
    send({ ...request, request_id: 'b', uri: '/kept' });
    send({ op: 'cancel', request_id: 'a' });
    send({ op: 'heartbeat' });
    await next('heartbeat_ack');
    const asked: string[] = [];
    session.serve({
      http: ({ uri }) => {
        asked.push(uri);
        return Promise.resolve({ status_code: 204, headers: {}, body: null });
      },
      rotated: () => Promise.resolve(),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    expect(await next('http_response')).toMatchObject({ request_id: 'b' });
    expect(asked).toEqual(['/kept']);
  });

  it('is not cancelled at a module that did not agree to it', async () => {
    const { peer, init, send, next, lines } = await connectModuleByHand();
    send({ op: 'announce', listen: 'l', endpoints: [], ext: { v: 1, features: ['corr'] }, ln: init.ext!.nonce });
    await peer.announced;
    await expect(peer.request(get, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    await next('http_request');
    peer.heartbeats.beat();
    await next('heartbeat');
    expect(lines).toEqual([]);
  });
});
