import { describe, expect, it } from '@jest/globals';
import { Deferred, WireError } from '../../../../src/foundation/index.js';
import { RoutedConnection } from '../../../../src/orchestrator/routing/routed-connection.js';
import type { ServingModule } from '../../../../src/orchestrator/routing/serving-module.js';
import type { ModulePeer } from '../../../../src/wire/index.js';

type Route = ModulePeer['route'];

function connectionTo(
  route: Route | undefined,
  whenRunning: ServingModule['whenRunning'] = () => new Promise(() => {}),
) {
  const server = { id: 'geographer', operationsOf: () => [], running: route && { route }, whenRunning };
  return new RoutedConnection({ service: 'geo', moduleId: 'guests', server });
}

const untilAborted: Route = (_call, { signal }) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));

describe('RoutedConnection', () => {
  it('passes a call on with who asks, and how long it waits: 30 s when it does not say', async () => {
    const seen: unknown[] = [];
    const connection = connectionTo((call, { timeoutMs }) => Promise.resolve(seen.push([call, timeoutMs])));
    await connection.call('locate', { ip: '1' });
    await connection.call('locate', null, { timeoutMs: 70 });
    const call = { sourceModuleId: 'guests', service: 'geo', operation: 'locate' };
    expect(seen).toEqual([
      [{ ...call, params: { ip: '1' } }, 30_000],
      [{ ...call, params: null }, 70],
    ]);
  });

  it('waits for a module that is being started, as long as the caller does', async () => {
    const started = new Deferred<Pick<ModulePeer, 'route'> | undefined>();
    const connection = connectionTo(undefined, () => started.promise);
    const call = connection.call('locate', null);
    started.resolve({ route: () => Promise.resolve('there') });
    await expect(call).resolves.toBe('there');
    const failure = { code: 'CONNECTION', retryable: true, details: { module: 'geographer' } };
    await expect(connectionTo(undefined).call('locate', null, { timeoutMs: 10 })).rejects.toMatchObject(failure);
    const gone = connectionTo(undefined, () => Promise.resolve(undefined));
    await expect(gone.call('locate', null)).rejects.toMatchObject(failure);
  });

  it('leaves nobody waiting for a module once its caller has given up', async () => {
    const waits: AbortSignal[] = [];
    const connection = connectionTo(undefined, (_gone, signal) => {
      waits.push(signal);
      return new Promise(() => {});
    });
    await expect(connection.call('locate', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'CONNECTION' });
    expect(waits.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('ends a wait and a call at once when the caller gives up, and all of them when it is closed', async () => {
    for (const connection of [connectionTo(undefined), connectionTo(untilAborted)]) {
      const controller = new AbortController();
      const enough = new Error('enough');
      const given = connection.call('locate', null, { signal: controller.signal });
      const others = [connection.call('locate', null), connection.call('locate', null)];
      controller.abort(enough);
      await expect(given).rejects.toBe(enough);
      await connection.close();
      for (const other of others) await expect(other).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(connection.call('locate', null)).rejects.toMatchObject({ code: 'CLOSED' });
    }
  });

  it('is BUSY for more calls than it bounds, fewer while they wait for a module', async () => {
    for (const [connection, most] of [
      [connectionTo(undefined), 1_000],
      [connectionTo(untilAborted), 10_000],
    ] as const) {
      const calls = Array.from({ length: most }, () => connection.call('locate', null).catch(() => undefined));
      await expect(connection.call('locate', null)).rejects.toMatchObject({ code: 'BUSY', retryable: true });
      await connection.close();
      await Promise.all(calls);
    }
  });

  it('waits for another launch when it finds that one gone, in the time that is left', async () => {
    const details = { sent: false };
    const unsent: Route = () => Promise.reject(new WireError('CHANNEL_CLOSED', 'gone', { retryable: true, details }));
    const gone: unknown[] = [];
    const waits: number[] = [];
    const next: Route[] = [unsent, (_call, { timeoutMs }) => Promise.resolve(waits.push(timeoutMs))];
    const connection = connectionTo(unsent, (session) => {
      gone.push(session);
      return Promise.resolve({ route: next.shift()! });
    });
    await expect(connection.call('locate', null, { timeoutMs: 5_000 })).resolves.toBe(1);
    expect(gone).toEqual([{ route: unsent }, { route: unsent }]);
    expect(waits[0]).toBeLessThanOrEqual(5_000);
    const never = connectionTo(unsent, () => Promise.resolve(undefined));
    await expect(never.call('locate', null)).rejects.toMatchObject({ code: 'CONNECTION', retryable: true });
  });

  it('says of a call whose answer was lost that nobody knows what became of it, and makes none again', async () => {
    const lost = () => Promise.reject(new WireError('CHANNEL_CLOSED', 'gone', { retryable: true }));
    await expect(connectionTo(lost).call('locate', null)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      retryable: false,
    });
  });
});
