import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import { serialCalls } from '../../../../src/orchestrator/hosting/serial-calls.js';
import type { ServiceConnection, WireJson } from '../../../../src/wire/index.js';

async function opened() {
  const calls: string[] = [];
  const answers = new Map<string, Deferred<WireJson>>();
  const inner: ServiceConnection = {
    info: { type: 'sqlite' },
    typedValues: false,
    call: (operation) => {
      calls.push(operation);
      const answer = new Deferred<WireJson>();
      answers.set(operation, answer);
      return answer.promise;
    },
    close: () => {
      for (const answer of answers.values()) answer.reject(new Error('closed'));
      return Promise.resolve();
    },
  };
  const connection = await serialCalls().openService!(() => Promise.resolve(inner))('Cache', 'default', null, false);
  return {
    connection,
    calls,
    answer: (operation: string, value: WireJson) => answers.get(operation)!.resolve(value),
    fail: (operation: string) => answers.get(operation)!.reject(new Error('refused')),
  };
}

const turn = () => new Promise((next) => setImmediate(next));

describe('serialCalls', () => {
  it('begins an operation only when the one before has its answer, also a failure', async () => {
    const { connection, calls, answer, fail } = await opened();
    const order: unknown[] = [];
    const all = ['a', 'b', 'c'].map((operation) =>
      connection.call(operation, null).then(
        (value) => order.push(value),
        (error: unknown) => order.push(String(error)),
      ),
    );
    await turn();
    expect(calls).toEqual(['a']);
    answer('a', 1);
    await turn();
    expect(calls).toEqual(['a', 'b']);
    fail('b');
    await turn();
    expect(calls).toEqual(['a', 'b', 'c']);
    answer('c', 3);
    await Promise.all(all);
    expect(order).toEqual([1, 'Error: refused', 3]);
  });

  it('keeps what the connection says of itself', async () => {
    const { connection } = await opened();
    expect([connection.info, connection.typedValues]).toEqual([{ type: 'sqlite' }, false]);
  });

  it('ends the operation under way and refuses those that wait when it is closed', async () => {
    const { connection, calls } = await opened();
    const results = Promise.allSettled(['a', 'b'].map((operation) => connection.call(operation, null)));
    await turn();
    await connection.close();
    expect((await results).map((result) => result.status === 'rejected' && String(result.reason))).toEqual([
      'Error: closed',
      'WireError: this service connection was closed',
    ]);
    expect(calls).toEqual(['a']);
  });

  it('refuses more than a thousand that wait', async () => {
    const { connection } = await opened();
    const waiting = Array.from({ length: 1_000 }, () => connection.call('a', null).catch(() => undefined));
    await expect(connection.call('a', null)).rejects.toMatchObject({ code: 'BACKPRESSURE', retryable: true });
    await turn();
    await connection.close();
    await Promise.all(waiting);
  });
});
