import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import type { WireObserver } from '../../../src/wire/index.js';
import { closeAll, connect, service } from './session-ends.js';

afterEach(closeAll);

/** Writes down what it is told. */
function recorder() {
  const told: unknown[] = [];
  const observer: WireObserver = {
    sent: (message, bytes) => void told.push(['sent', message.op, bytes]),
    received: (message, bytes) => void told.push(['received', message.op, bytes]),
    dropped: (reason, bytes) => void told.push(['dropped', reason, bytes]),
    called: (called, operation) => {
      told.push(['called', called, operation]);
      return (succeeded) => void told.push(['ended', operation, succeeded]);
    },
    heartbeat: (roundTripMs, lagMs) => void told.push(['heartbeat', roundTripMs >= 0, lagMs]),
  };
  return { observer, told, of: (kind: string) => told.filter((entry) => (entry as unknown[])[0] === kind) };
}

describe('the observer of a session', () => {
  it('is told of every message with its bytes, in both directions', async () => {
    const { observer, told } = recorder();
    const { session, peer } = await connect({ getSecret: () => Promise.resolve({ value: 'ä' }) }, { observer });
    told.length = 0;
    session.announce('l', []);
    await peer.announced;
    await session.getSecret('KEY');
    expect(told.map((entry) => (entry as unknown[]).slice(0, 2).join(' '))).toEqual([
      'received announce',
      'received heartbeat',
      'sent heartbeat_ack',
      'received get_secret',
      'called secret',
      'ended get',
      'sent secret',
    ]);
    const answer = { op: 'secret', name: 'KEY', value: 'ä', request_id: randomUUID() };
    expect(told.at(-1)).toEqual(['sent', 'secret', Buffer.byteLength(JSON.stringify(answer))]);
  });

  it('is told when calls begin and end, and whether they succeeded', async () => {
    const { observer, of } = recorder();
    const connection = service((operation) =>
      operation === 'ping' ? Promise.resolve(null) : Promise.reject(new Error('it failed')),
    );
    const { session, peer } = await connect({ openService: () => Promise.resolve(connection) }, { observer });
    const cache = await session.openService('Cache', 'default');
    await cache.call('ping', {});
    await cache.call('get', {}).catch(() => undefined);
    const never = new Deferred<void>();
    session.serve({
      http: async ({ uri }) => {
        if (uri === '/late') await never.promise;
        return { status_code: Number(uri.slice(1)), headers: {}, body: null };
      },
      rotated: () => Promise.reject(new Error('no')),
      shutdown: () => undefined,
      ended: () => undefined,
    });
    for (const method of ['200', '404', '500'])
      await peer.request({ method, uri: `/${method}`, headers: {}, body: null }, { timeoutMs: 1_000 });
    const late = peer.request({ method: 'late', uri: '/late', headers: {}, body: null }, { timeoutMs: 20 });
    await expect(late).rejects.toMatchObject({ code: 'CALL_TIMEOUT' });
    await expect(peer.rotate({ keys: ['K'], rotation_id: '1' }, 1_000)).rejects.toThrow('no');
    expect(of('called')).toHaveLength(8);
    expect(of('ended')).toEqual([
      ['ended', 'open', true],
      ['ended', 'ping', true],
      ['ended', 'get', false],
      ['ended', '200', true],
      ['ended', '404', true],
      ['ended', '500', false],
      ['ended', 'late', false],
      ['ended', 'rotated', false],
    ]);
  });

  it('is told how long a heartbeat took, and how far behind the event loop of the module was', async () => {
    const { observer, of } = recorder();
    const { session, peer } = await connect({}, { observer });
    session.announce('l', []);
    await peer.announced;
    peer.heartbeats.beat();
    await session.getSecret('NONE');
    expect(of('heartbeat')).toEqual([['heartbeat', true, 0]]);
    const heldUntil = performance.now() + 120;
    // A tick before and after, for the timer that measures.
    await new Promise((tick) => setTimeout(tick, 50));
    while (performance.now() < heldUntil);
    const held = performance.now() + 120;
    while (performance.now() < held);
    await new Promise((tick) => setTimeout(tick, 50));
    peer.heartbeats.beat();
    await session.getSecret('NONE');
    const [, , lagMs] = of('heartbeat').at(-1) as [string, boolean, number];
    expect(lagMs).toBeGreaterThan(60);
    expect(lagMs).toBeLessThan(5_000);
  });
});
