import { afterEach, describe, expect, it } from '@jest/globals';
import { closeAll, connect, connectModuleByHand, connectPlain, opened, service } from './session-ends.js';

afterEach(closeAll);

const one = ['corr', 'b64', 'err', 'types'];
const two = [...one, 'cancel', 'deadline', 'streams', 'beat'];
const three = [...two, 'stages'];
const four = [...three, 'brief'];
const five = [...four, 'routes'];
const get = { method: 'POST', uri: '/', headers: {}, body: Buffer.from([1, 2]) };

describe('a module whose orchestrator offers extensions', () => {
  it.each([
    ['one version older', { v: 1, features: one }, { v: 1, features: one }],
    ['the version before', { v: 2, features: three }, { v: 2, features: two }],
    ['one version newer', { v: 6, features: [...five, 'telepathy'] }, { v: 5, features: five }],
    [
      'the same version with fewer features',
      { v: 2, features: ['corr', 'cancel'] },
      { v: 2, features: ['corr', 'cancel'] },
    ],
  ])('accepts of %s what both know, from its first line on', async (_, ext, accepted) => {
    const { session, next } = await connectPlain(undefined, { ext: { ...ext, nonce: 'n' } });
    expect(await next('heartbeat_ack')).toEqual({ op: 'heartbeat_ack', ext: accepted, ln: 'n' });
    session.announce('l', []);
    expect(await next('announce')).toEqual({ op: 'announce', listen: 'l', endpoints: [], ext: accepted, ln: 'n' });
  });

  it('accepts nothing of an offer it cannot read', async () => {
    const { session, next } = await connectPlain(undefined, { ext: { v: 'two', features: 7 } });
    session.announce('l', []);
    expect(await next('announce')).toEqual({ op: 'announce', listen: 'l', endpoints: [] });
    expect(session.extensions).toBe(false);
  });

  it('sends no deadline and cancels nothing under version 1', async () => {
    const { session, send, next, lines } = await connectPlain(undefined, { ext: { v: 1, features: two } });
    const opening = session.openService('Cache', 'default');
    const request = await next('service_request');
    expect(request).not.toHaveProperty('deadline_ms');
    send(opened(request));
    const connection = await opening;
    const controller = new AbortController();
    const call = connection.call('get', {}, { signal: controller.signal });
    expect(await next('service_operation')).not.toHaveProperty('deadline_ms');
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    session.announce('l', []);
    await next('announce');
    expect(lines).toEqual([]);
  });

  it('makes one call at a time, without ids, when correlation is all that is missing', async () => {
    const { session, send, next, lines } = await connectPlain(undefined, {
      ext: { v: 2, features: two.filter((feature) => feature !== 'corr') },
    });
    const secret = session.getSecret('KEY');
    expect(await next('get_secret')).toEqual({ op: 'get_secret', name: 'KEY', deadline_ms: 5_000 });
    send({ op: 'secret', name: 'KEY', value: 'v' });
    await expect(secret).resolves.toEqual({ value: 'v' });
    const opening = session.openService('Database', 'default');
    send(opened(await next('service_request')));
    const connection = await opening;
    expect(connection.typedValues).toBe(true);
    const calls = [connection.call('query', 1), connection.call('query', 2)];
    const first = await next('service_operation');
    expect(first).toMatchObject({ params: 1, deadline_ms: 30_000 });
    expect(first).not.toHaveProperty('request_id');
    expect(lines).toEqual([]);
    send({ op: 'service_operation_result', success: true, result: 'a', error: null });
    await expect(calls[0]).resolves.toBe('a');
    expect(await next('service_operation')).toMatchObject({ params: 2 });
    send({ op: 'service_operation_result', success: true, result: 'b', error: null });
    await expect(calls[1]).resolves.toBe('b');
  });

  it('sends bodies as arrays of bytes, and values untyped, when only those features are missing', async () => {
    const { session, send, next } = await connectPlain(undefined, {
      ext: { v: 2, features: ['corr', 'err', 'cancel', 'deadline'] },
    });
    session.serve({
      http: () => Promise.resolve({ status_code: 200, headers: {}, body: Buffer.from([7, 8]) }),
      rotated: () => Promise.resolve(),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    send({ op: 'http_request', request_id: 'r', method: 'GET', uri: '/', headers: {}, body: null });
    expect(await next('http_response')).toMatchObject({ request_id: 'r', body: [7, 8] });
    const opening = session.openService('Database', 'default');
    send(opened(await next('service_request')));
    expect((await opening).typedValues).toBe(false);
  });
});

describe('an orchestrator whose module accepts extensions', () => {
  it('offers its highest version', async () => {
    const { init } = await connectModuleByHand();
    expect(init.ext).toEqual({ v: 5, features: five, nonce: expect.any(String) });
  });

  it('holds to what the module accepted in its first line, before the announcement', async () => {
    const { peer, init, send, next } = await connectModuleByHand();
    send({ op: 'heartbeat_ack', ext: { v: 2, features: ['deadline'] }, ln: init.ext!.nonce });
    send({ op: 'get_secret', name: 'KEY', ln: init.ext!.nonce });
    await next('secret');
    peer.request(get, { timeoutMs: 60_000 }).catch(() => undefined);
    expect(await next('http_request')).toMatchObject({ body: [1, 2], deadline_ms: 60_000 });
    expect(peer.heartbeats.hasAnswered).toBe(false);
  });

  it('takes a nonce without an acceptance for version 1', async () => {
    const { peer, init, send, next } = await connectModuleByHand();
    send({ op: 'heartbeat_ack', ln: init.ext!.nonce });
    send({ op: 'get_secret', name: 'KEY', ln: init.ext!.nonce });
    await next('secret');
    expect(peer.extensions).toBe(true);
    peer.request(get, { timeoutMs: 60_000 }).catch(() => undefined);
    const request = await next('http_request');
    expect(request).toMatchObject({ body: null, body_b64: 'AQI=' });
    expect(request).not.toHaveProperty('deadline_ms');
  });

  it.each([
    ['one version newer', { v: 3, features: [...two, 'telepathy'] }, { body_b64: 'AQI=', deadline_ms: 60_000 }],
    ['one version older', { v: 1, features: two }, { body_b64: 'AQI=' }],
    ['without base64', { v: 2, features: ['corr', 'deadline'] }, { body: [1, 2], deadline_ms: 60_000 }],
    ['without anything', { v: 2, features: [] }, { body: [1, 2] }],
  ])('speaks to a module %s as both can', async (_, ext, expected) => {
    const { peer, init, send, next } = await connectModuleByHand();
    send({ op: 'announce', listen: 'l', endpoints: [], ext, ln: init.ext!.nonce });
    await peer.announced;
    peer.request(get, { timeoutMs: 60_000 }).catch(() => undefined);
    const {
      op: _op,
      request_id: _id,
      method: _method,
      uri: _uri,
      headers: _headers,
      ...rest
    } = await next('http_request');
    expect(rest).toEqual({ body: null, ...expected });
  });

  it('opens services with plain values for a module that did not accept typed ones', async () => {
    const typed: boolean[] = [];
    const { init, send, next } = await connectModuleByHand({
      openService: (_type, _name, _config, typedValues) => {
        typed.push(typedValues);
        return Promise.resolve(service(() => Promise.resolve(null)));
      },
    });
    const open = { op: 'service_request', id: 'a', service_type: 'Cache', config: null };
    send({ ...open, ln: init.ext!.nonce });
    await next('service_response');
    send({ op: 'heartbeat_ack', ext: { v: 2, features: ['corr'] }, ln: init.ext!.nonce });
    send({ ...open, id: 'b', ln: init.ext!.nonce });
    await next('service_response');
    expect(typed).toEqual([true, false]);
  });

  it('agrees with a module of ours on everything before the module has asked for anything', async () => {
    const { session, peer } = await connect();
    await session.getSecret('NONE');
    expect([session.extensions, peer.extensions]).toEqual([true, true]);
  });
});
