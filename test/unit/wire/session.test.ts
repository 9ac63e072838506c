import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred, type JsonValue, PyWattError } from '../../../src/foundation/index.js';
import type { Channel } from '../../../src/wire/index.js';
import type { HeartbeatAckMessage } from '../../../src/wire/messages.js';
import { closeAll, connect, connectPlain, service } from './session-ends.js';

afterEach(closeAll);

describe('a session between our two ends', () => {
  it('hands the module its init and the orchestrator the announcement', async () => {
    const { session, peer } = await connect();
    session.announce(session.init.listen, [{ path: '/orders', methods: ['GET'] }]);
    await expect(peer.announced).resolves.toMatchObject({
      listen: '127.0.0.1:1',
      endpoints: [{ path: '/orders', methods: ['GET'] }],
    });
    expect(session.init).toMatchObject({ module_id: 'orders', env: { A: '1' } });
    expect(peer.extensions).toBe(true);
  });

  it('answers secrets, and tells missing ones apart from refused ones', async () => {
    const values: Record<string, string> = { KEY: 'v' };
    const { session } = await connect({
      getSecret: ({ name }) => {
        if (name === 'SECRET_OF_OTHERS')
          return Promise.reject(new PyWattError('secret', 'ACCESS_DENIED', 'not granted'));
        const value = values[name];
        return value === undefined
          ? Promise.reject(new PyWattError('secret', 'NOT_FOUND', 'none'))
          : Promise.resolve({ value, version: '1' });
      },
    });
    await expect(session.getSecret('KEY')).resolves.toEqual({ value: 'v', version: '1' });
    await expect(session.getSecret('NONE')).resolves.toBeUndefined();
    await expect(session.getSecret('SECRET_OF_OTHERS')).rejects.toMatchObject({
      code: 'PEER_REFUSED',
      message: 'not granted',
    });
  });

  it('keeps many calls in flight and matches answers that come back in another order', async () => {
    const gates = Array.from({ length: 64 }, () => new Deferred<JsonValue>());
    const { session } = await connect({
      openService: () => Promise.resolve(service((_operation, params) => gates[params as number]!.promise)),
    });
    const connection = await session.openService('Database', 'default');
    const calls = gates.map((_, index) => connection.call('query', index));
    gates.toReversed().forEach((gate, index) => gate.resolve(63 - index));
    await expect(Promise.all(calls)).resolves.toEqual(gates.map((_, index) => index));
    expect(connection.info).toEqual({ type: 'sqlite' });
  });

  it('brings errors over with code, retryable and details, in the family of the service', async () => {
    const failing = service(() =>
      Promise.reject(new PyWattError('database', 'POOL', 'waited 5 s', { retryable: true, details: { waitedMs: 5 } })),
    );
    const { session } = await connect({
      openService: (type) => (type === 'Database' ? Promise.resolve(failing) : Promise.reject(new Error('plain'))),
    });
    const connection = await session.openService('Database', 'default');
    await expect(connection.call('query', null)).rejects.toMatchObject({
      family: 'database',
      code: 'POOL',
      retryable: true,
      details: { waitedMs: 5 },
    });
    await expect(session.openService('Cache', 'default')).rejects.toMatchObject({
      family: 'cache',
      code: 'OPERATION',
      message: 'plain',
    });
  });

  it('fails a call at its deadline, and every waiting call when the peer goes', async () => {
    const { session, peer } = await connect({
      openService: () => Promise.resolve(service(() => new Promise(() => undefined))),
    });
    const connection = await session.openService('Database', 'default');
    await expect(connection.call('query', 1, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
      retryable: true,
    });
    const pending = Array.from({ length: 100 }, () => connection.call('query', 2));
    const outcome = Promise.allSettled(pending);
    await peer.close();
    for (const result of await outcome)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'CHANNEL_CLOSED' } });
    await expect(connection.call('query', 3)).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
  });

  it('closes what a module held when the module goes, once', async () => {
    const closed: string[] = [];
    const { session, peer } = await connect({
      openService: () => Promise.resolve(service(() => Promise.resolve(null), closed)),
    });
    await session.openService('Database', 'default');
    await session.close();
    await peer.close();
    expect(closed).toEqual(['closed']);
  });

  it('carries http requests, rotations, ports, heartbeats and shutdown', async () => {
    const { session, peer } = await connect({ requestPort: (specific) => Promise.resolve(specific ?? 8000) });
    const stopped = new Deferred<string | undefined>();
    session.serve({
      http: (request) =>
        Promise.resolve({ status_code: 201, headers: {}, body: Buffer.from(`${request.method} ${request.uri}`) }),
      rotated: ({ keys }) => (keys.includes('BAD') ? Promise.reject(new Error('hook said no')) : Promise.resolve()),
      shutdown: ({ reason }) => stopped.resolve(reason),
      ended: () => undefined,
    });
    const response = await peer.request({ method: 'GET', uri: '/a', headers: {}, body: null }, { timeoutMs: 1_000 });
    expect(Buffer.from(response.body!).toString()).toBe('GET /a');
    const stages: string[] = [];
    await peer.rotate({ keys: ['GOOD'], rotation_id: '1' }, 1_000, () => stages.push('received'));
    expect([peer.tellsStages, stages]).toEqual([true, ['received']]);
    await expect(peer.rotate({ keys: ['BAD'], rotation_id: '2' }, 1_000)).rejects.toThrow('hook said no');
    await expect(session.requestPort(null)).resolves.toBe(8000);
    await expect(session.requestPort(9)).resolves.toBe(9);
    expect(peer.heartbeats.hasAnswered).toBe(false);
    peer.heartbeats.beat();
    peer.shutdown(100, 'enough');
    await expect(stopped.promise).resolves.toBe('enough');
    await peer.request({ method: 'GET', uri: '/b', headers: {}, body: null }, { timeoutMs: 1_000 });
    expect(peer.heartbeats.hasAnswered).toBe(true);
  });

  it('has the module send heartbeats, too, which are acknowledged', async () => {
    const acknowledged = new Deferred<HeartbeatAckMessage>();
    const { session, peer } = await connect(
      {},
      {
        observer: {
          sent: (message) => message.op === 'heartbeat_ack' && acknowledged.resolve(message),
          received: () => undefined,
          dropped: () => undefined,
          called: () => () => undefined,
          heartbeat: () => undefined,
        },
      },
    );
    session.announce('127.0.0.1:1', []);
    await peer.announced;
    await expect(acknowledged.promise).resolves.toEqual({ op: 'heartbeat_ack', seq: 1, lag_ms: 0 });
  });

  it('sends a plain orchestrator none, and takes none from it for an answer', async () => {
    const seen: unknown[] = [];
    const asked = new Deferred<void>();
    const { session, send } = await connectPlain((line) => {
      seen.push(line['op']);
      if (line['op'] === 'get_secret') asked.resolve();
    });
    session.announce('127.0.0.1:1', []);
    send({ op: 'heartbeat_ack', seq: 1 });
    const secret = session.getSecret('KEY');
    await asked.promise;
    send({ op: 'secret', name: 'KEY', value: 'v' });
    await secret;
    expect(seen).toEqual(['announce', 'get_secret']);
  });

  it('delivers what came before the module could serve', async () => {
    const { session, peer } = await connect();
    const early = peer.request({ method: 'GET', uri: '/early', headers: {}, body: null }, { timeoutMs: 1_000 });
    await session.getSecret('NONE');
    session.serve({
      http: () => Promise.resolve({ status_code: 204, headers: {}, body: null }),
      rotated: () => Promise.resolve(),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    await expect(early).resolves.toMatchObject({ status_code: 204 });
  });

  it('takes lines without the nonce of this launch for stray output once the module has shown it', async () => {
    const { session, peer, stray, moduleEnd } = await connect();
    session.announce('127.0.0.1:1', []);
    await peer.announced;
    moduleEnd.send('{"op":"get_secret","name":"KEY"}');
    moduleEnd.send('{"op":"heartbeat_ack","ln":"guessed"}');
    moduleEnd.send('hello from a child');
    await session.getSecret('NONE');
    expect(stray).toEqual([
      '{"op":"get_secret","name":"KEY"}',
      '{"op":"heartbeat_ack","ln":"guessed"}',
      'hello from a child',
    ]);
    expect(peer.heartbeats.hasAnswered).toBe(false);
  });

  it('has shown the nonce before the module does anything, so that nothing printed meanwhile is taken for a message', async () => {
    const { session, peer, stray, moduleEnd } = await connect();
    const forged = '{"op":"announce","listen":"6.6.6.6:6","endpoints":[{"path":"/forged","methods":["GET"]}]}';
    moduleEnd.send(forged);
    session.announce('127.0.0.1:1', []);
    await expect(peer.announced).resolves.toMatchObject({ listen: '127.0.0.1:1', endpoints: [] });
    expect(stray).toEqual([forged]);
    expect(peer.heartbeats.hasAnswered).toBe(false);
  });

  it('answers with an error what is too long to be sent, instead of letting the caller wait', async () => {
    const answer = (operation: string) => Promise.resolve(operation === 'large' ? 'x'.repeat(5_000) : 'small');
    const { session, peer } = await connect(
      { openService: () => Promise.resolve(service(answer)) },
      { maxLineBytes: 2_000 },
    );
    const connection = await session.openService('Database', 'default');
    const tooLong = { code: 'LINE_TOO_LONG', details: { maxLineBytes: 2_000 } };
    await expect(connection.call('large', null)).rejects.toMatchObject(tooLong);
    await expect(connection.call('query', 'x'.repeat(5_000))).rejects.toMatchObject(tooLong);
    await expect(connection.call('query', null)).resolves.toBe('small');
    session.serve({
      http: () => Promise.resolve({ status_code: 200, headers: {}, body: Buffer.alloc(5_000) }),
      rotated: () => Promise.resolve(),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    await expect(
      peer.request({ method: 'GET', uri: '/', headers: {}, body: null }, { timeoutMs: 5_000 }),
    ).resolves.toMatchObject({ status_code: 500 });
  });

  it('hides secrets in every text of an error that crosses over', async () => {
    const leaky = new PyWattError('database', 'CONNECTION', 'no way to sk_live_1', {
      details: { url: 'postgres://sk_live_1@host', tried: [{ sk_live_1: 'sk_live_1' }], count: 3 },
    });
    const { session } = await connect(
      { openService: () => Promise.reject(leaky) },
      { redact: (text) => text.replaceAll('sk_live_1', '[REDACTED]') },
    );
    await expect(session.openService('Database', 'default')).rejects.toMatchObject({
      message: 'no way to [REDACTED]',
      details: { url: 'postgres://[REDACTED]@host', tried: [{ '[REDACTED]': '[REDACTED]' }], count: 3 },
    });
  });

  it('survives a handler that throws', async () => {
    const { session, peer, logged } = await connect();
    session.serve({
      http: () => Promise.resolve({ status_code: 204, headers: {}, body: null }),
      rotated: () => Promise.resolve(),
      shutdown: () => {
        throw new Error('cannot stop');
      },
      ended: () => undefined,
    });
    peer.shutdown(10, 'enough');
    await expect(
      peer.request({ method: 'GET', uri: '/', headers: {}, body: null }, { timeoutMs: 5_000 }),
    ).resolves.toMatchObject({ status_code: 204 });
    expect(logged).toContainEqual({ level: 'error', message: expect.stringContaining('could not be handled') });
  });

  it('survives garbage in both directions', async () => {
    const { session, stray, logged, moduleEnd, orchestratorEnd } = await connect();
    for (const end of [moduleEnd, orchestratorEnd] as Channel[]) {
      end.send('garbage');
      end.send('{"op":"from_the_future"}');
      end.send('{"op":"secret"}');
    }
    await expect(session.getSecret('NONE')).resolves.toBeUndefined();
    expect(stray).toHaveLength(3);
    expect(logged.filter((entry) => entry.message.includes('skipped')).length).toBeGreaterThanOrEqual(4);
  });
});
