import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred, PyWattError, WireError } from '../../../src/foundation/index.js';
import { isControlMessage } from '../../../src/wire/control-messages.js';
import { agreementWith } from '../../../src/wire/extensions.js';
import type { ModuleMessage, WireJson } from '../../../src/wire/index.js';
import { OrchestratorRequests } from '../../../src/wire/orchestrator-requests.js';
import { contentOf, resultPayload } from '../../../src/wire/routed-payload.js';
import { silentLogger } from '../foundation/silent-logger.js';
import { closeAll, connect, connectModuleByHand, connectPlain } from './session-ends.js';

afterEach(closeAll);

const five = { v: 5, features: ['corr', 'b64', 'err', 'types', 'cancel', 'deadline', 'routes'] };
const call = (operation: string, params: WireJson = null) => ({
  sourceModuleId: 'guests',
  service: 'geo',
  operation,
  params,
});
const patient = { timeoutMs: 60_000 };
const handlers = {
  http: () => Promise.reject(new Error('no http here')),
  rotated: () => Promise.resolve(),
  shutdown: () => undefined,
  ended: () => undefined,
};

describe('a call that the orchestrator passes on to the module that serves it', () => {
  it('is answered with the result, or fails as it failed there', async () => {
    const { session, peer } = await connect();
    session.announce('127.0.0.1:1', []);
    await peer.announced;
    const seen: unknown[] = [];
    session.serve({
      ...handlers,
      routed: ({ source_module_id, target_endpoint, params }) => {
        seen.push([source_module_id, target_endpoint, params]);
        if (target_endpoint === 'geo/echo') return Promise.resolve(params ?? null);
        const details = { backAt: 'noon' };
        return Promise.reject(new PyWattError('service', 'BUSY', 'out', { retryable: true, details }));
      },
    });
    await expect(peer.route(call('echo', [1n << 62n, 'é']), patient)).resolves.toEqual([1n << 62n, 'é']);
    await expect(peer.route(call('fail'), patient)).rejects.toMatchObject({
      family: 'service',
      code: 'BUSY',
      retryable: true,
      details: { backAt: 'noon' },
    });
    expect(seen).toEqual([
      ['guests', 'geo/echo', [1n << 62n, 'é']],
      ['guests', 'geo/fail', undefined],
    ]);
  });

  it('waits in the module until that can serve, and is forgotten when it was given up meanwhile', async () => {
    const { session, peer } = await connect();
    session.announce('127.0.0.1:1', []);
    await peer.announced;
    const controller = new AbortController();
    const enough = new Error('enough');
    const early = peer.route(call('early'), patient);
    const given = peer.route(call('given up'), { ...patient, signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(enough);
    await expect(given).rejects.toBe(enough);
    await new Promise((resolve) => setImmediate(resolve));
    const seen: unknown[] = [];
    session.serve({ ...handlers, routed: ({ target_endpoint }) => Promise.resolve(seen.push(target_endpoint)) });
    await expect(early).resolves.toBe(1);
    expect(seen).toEqual(['geo/early']);
  });

  it('is aborted there when nobody waits any more, and at its deadline', async () => {
    const { session, peer } = await connect();
    session.announce('127.0.0.1:1', []);
    await peer.announced;
    const started = new Deferred<number | undefined>();
    const reasons: unknown[] = [];
    session.serve({
      ...handlers,
      routed: (_message, { signal, timeoutMs }) => {
        signal.addEventListener('abort', () => reasons.push((signal.reason as PyWattError<'wire'>).code));
        started.resolve(timeoutMs);
        return new Promise(() => undefined);
      },
    });
    const controller = new AbortController();
    const given = peer.route(call('wait'), { ...patient, signal: controller.signal });
    expect(await started.promise).toBeGreaterThan(50_000);
    controller.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await expect(peer.route(call('wait'), { timeoutMs: 10 })).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    while (reasons.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(reasons[0]).toBe('CANCELLED');
  });

  it('is not to be done again when it was done and its answer has no room', async () => {
    const sent: unknown[] = [];
    const requests = new OrchestratorRequests({
      agreement: agreementWith(five),
      answer: (answer, failure) => {
        void answer.then(() => sent.push(failure!(new WireError('BACKPRESSURE', 'no room', { retryable: true }))));
      },
      redact: (text) => text,
      logger: silentLogger,
    });
    requests.serve({ ...handlers, routed: () => Promise.resolve('done') });
    const id = '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00';
    const payload = { data: new Uint8Array(), format: 'Json' } as const;
    const fields = { source_module_id: 'guests', original_request_id: id, payload, request_id: id };
    requests.take({ op: 'routed_module_message', ...fields, target_endpoint: 'geo/echo' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toMatchObject([
      { op: 'routed_module_answer', request_id: id, success: false, error_code: 'CALL_TIMEOUT', retryable: false },
    ]);
    expect(isControlMessage(sent[0] as ModuleMessage)).toBe(true);
  });

  it('fails when its answer cannot be sent, and the module goes on', async () => {
    const { session, peer } = await connect({}, { maxLineBytes: 100_000 });
    session.announce('127.0.0.1:1', []);
    await peer.announced;
    session.serve({
      ...handlers,
      routed: ({ target_endpoint }) => Promise.resolve(target_endpoint === 'geo/long' ? 'x'.repeat(200_000) : 'short'),
    });
    await expect(peer.route(call('long'), patient)).rejects.toMatchObject({ code: 'LINE_TOO_LONG' });
    await expect(peer.route(call('short'), patient)).resolves.toBe('short');
  });

  it('is refused by a module that serves nothing, and never sent to one whose SDK has no such calls', async () => {
    const { session, peer } = await connect();
    session.announce('127.0.0.1:1', []);
    await peer.announced;
    session.serve(handlers);
    await expect(peer.route(call('echo'), patient)).rejects.toMatchObject({ family: 'wire', code: 'PEER_REFUSED' });
    const plain = await connectModuleByHand();
    await expect(plain.peer.route(call('echo'), patient)).rejects.toMatchObject({
      code: 'PEER_REFUSED',
      message: expect.stringContaining("module 'orders' takes no calls of other modules"),
    });
    expect(plain.lines).toEqual([]);
  });

  it('fails with CHANNEL_CLOSED when the module goes, and what answers twice or nothing is dropped', async () => {
    const { peer, init, send, next, otherEnd, logged } = await connectModuleByHand();
    const ln = init.ext!.nonce;
    send({ op: 'announce', listen: '127.0.0.1:1', endpoints: [], ext: five, ln });
    await peer.announced;
    const first = peer.route(call('echo', 1), patient);
    const message = await next('routed_module_message');
    const { request_id } = message;
    expect(message).toEqual({
      op: 'routed_module_message',
      source_module_id: 'guests',
      original_request_id: request_id,
      payload: { data: [], format: 'Json' },
      target_endpoint: 'geo/echo',
      request_id,
      params: 1,
      deadline_ms: 60_000,
    });
    const answer = { op: 'routed_module_answer', success: true, result: 2, error: null, ln };
    for (const id of [request_id, request_id, 'nobody']) send({ ...answer, request_id: id });
    await expect(first).resolves.toBe(2);
    expect(logged.filter(({ message: text }) => text.includes('nobody waits'))).toHaveLength(2);
    const second = peer.route(call('echo', 1), patient);
    await next('routed_module_message');
    await otherEnd.close();
    await expect(second).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
  });
});

describe('a message that a plain orchestrator routes', () => {
  it('is dropped with a warning: no op answers it', async () => {
    const { session, send, next, lines, logged } = await connectPlain();
    session.serve({ ...handlers, routed: () => Promise.resolve(1) });
    const id = '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00';
    const payload = { data: [123, 125], format: 'Json' };
    send({ op: 'routed_module_message', source_module_id: 'm', original_request_id: id, payload, request_id: id });
    send({ op: 'heartbeat' });
    await next('heartbeat_ack');
    expect(lines).toEqual([]);
    expect(logged).toMatchObject([{ level: 'warn', message: expect.stringContaining('cannot be answered') }]);
  });
});

describe('a plain module that names the module it asks', () => {
  const id = '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00';
  const envelope = (content: unknown) => ({
    data: [...Buffer.from(JSON.stringify({ id, content, metadata: {} }))],
    format: 'Json',
  });
  const request = (payload: object) => ({
    op: 'route_to_module',
    target_module_id: 'geographer',
    target_endpoint: 'geo/echo',
    request_id: id,
    payload,
  });

  it('gets the bare result, or an empty payload with the error beside it', async () => {
    const asked: unknown[] = [];
    const { send, next } = await connectModuleByHand({
      route: async (target, params) => {
        asked.push([target, params]);
        if (params === 'bad') throw new PyWattError('service', 'FAILED', 'the atlas is closed');
        return { echoed: params };
      },
    });
    send(request(envelope({ ip: '10.0.0.1' })));
    const answer = await next('routed_module_response');
    expect(answer).toMatchObject({ source_module_id: 'geographer', request_id: id, success: true });
    const { data } = answer['payload'] as { data: number[] };
    expect(JSON.parse(Buffer.from(data).toString())).toEqual({ echoed: { ip: '10.0.0.1' } });
    send(request(envelope('bad')));
    expect(await next('routed_module_response')).toEqual({
      op: 'routed_module_response',
      source_module_id: 'geographer',
      request_id: id,
      payload: { data: [], format: 'Json' },
      success: false,
      error: 'the atlas is closed',
      error_code: 'FAILED',
      retryable: false,
      details: {},
    });
    send(request({ data: [1, 2], format: 'Json' }));
    expect(await next('routed_module_response')).toMatchObject({ success: false, error_code: 'MESSAGE_INVALID' });
    expect(asked).toEqual([
      [{ moduleId: 'geographer', endpoint: 'geo/echo' }, { ip: '10.0.0.1' }],
      [{ moduleId: 'geographer', endpoint: 'geo/echo' }, 'bad'],
    ]);
  });

  it('has its call aborted when it goes away', async () => {
    const aborted = new Deferred<unknown>();
    const started = new Deferred<void>();
    const { send, otherEnd } = await connectModuleByHand({
      route: (_target, _params, underWay) => {
        underWay!.signal.addEventListener('abort', () => aborted.resolve(underWay!.signal.reason));
        started.resolve();
        return new Promise(() => undefined);
      },
    });
    send(request(envelope(null)));
    await started.promise;
    await otherEnd.close();
    expect(await aborted.promise).toMatchObject({ code: 'CHANNEL_CLOSED' });
  });

  it('is refused where there are no other modules', async () => {
    const { send, next } = await connectModuleByHand();
    send(request(envelope(null)));
    expect(await next('routed_module_response')).toMatchObject({ success: false, error_code: 'PEER_REFUSED' });
  });
});

describe('the payload of a routed request', () => {
  const text = '{"id":"6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00","content":9007199254740993,"metadata":{}}';

  it('is a Message in JSON, whose content keeps every digit', () => {
    for (const format of ['Json', 'Binary'] as const)
      expect(contentOf({ data: Buffer.from(text), format })).toBe(9_007_199_254_740_993n);
    const base64 = Buffer.from(Buffer.from(text).toString('base64'));
    expect(contentOf({ data: base64, format: 'Base64' })).toBe(9_007_199_254_740_993n);
    expect(Buffer.from(resultPayload(9_007_199_254_740_993n).data).toString()).toBe('9007199254740993');
  });

  it('says what is wrong with it', () => {
    expect(() => contentOf({ data: Buffer.from(text), format: 'Auto' })).toThrow('does not say what it is');
    expect(() => contentOf({ data: Buffer.from('{}'), format: 'Json' })).toThrow('the payload is no Message');
    expect(() => contentOf({ data: Buffer.from(text), format: 'Base64' })).toThrow('the payload is no Message');
    const broken = Buffer.from(text.replace('9007199254740993', '"?"'));
    broken[broken.indexOf('?')] = 0xff;
    expect(() => contentOf({ data: broken, format: 'Json' })).toThrow('not UTF-8');
  });
});
