import { describe, expect, it } from '@jest/globals';
import type { Logger } from '../../../src/foundation/index.js';
import { defineService, operation, type ServiceContract } from '../../../src/services/index.js';
import { HandlerConnection } from '../../../src/services/handler-connection.js';
import { resourceOf } from '../../../src/container/index.js';
import { serviceToken } from '../../../src/services/define-service.js';

const Geo = defineService('geo', { locate: operation<unknown, unknown>(), hang: operation() });
const service = resourceOf(serviceToken(Geo))!.options as ServiceContract;

function open(handlers: object) {
  const warnings: unknown[] = [];
  const nothing = () => undefined;
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (_message, fields) => void warnings.push(fields),
    child: () => logger,
  };
  return { connection: new HandlerConnection({ service, handlers, moduleId: 'orders', logger }), warnings };
}

describe('a connection to an implementation', () => {
  it('knows only the operations of the table, not what else the object can do', async () => {
    const { connection } = open({ locate: () => 1, hang: () => 1, toString: () => 'x' });
    for (const name of ['locat', 'toString', 'constructor', '__proto__'])
      await expect(connection.call(name, null)).rejects.toMatchObject({ code: 'UNKNOWN_OPERATION' });
    await expect(connection.call('locat', null)).rejects.toThrow("did you mean 'locate'?");
    expect(connection.info).toEqual({ operations: ['locate', 'hang'] });
  });

  it('logs what an implementation threw, in full, where it runs', async () => {
    const failure = new Error('no atlas');
    const { connection, warnings } = open({ locate: () => Promise.reject(failure) });
    await expect(connection.call('locate', {})).rejects.toMatchObject({ code: 'FAILED', cause: failure });
    expect(warnings).toEqual([{ service: 'geo', operation: 'locate', module: 'orders', error: failure }]);
  });

  it('passes the caller’s signal on', async () => {
    const controller = new AbortController();
    const seen: AbortSignal[] = [];
    const { connection } = open({
      hang: (_params: unknown, context: { signal: AbortSignal }) => {
        seen.push(context.signal);
        return new Promise(() => undefined);
      },
    });
    const call = connection.call('hang', null, { signal: controller.signal });
    await new Promise(setImmediate);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(seen[0]!.reason).toBe(reason);
  });

  it('tells an implementation how long its caller waits, which bounds the call', async () => {
    const { connection } = open({
      locate: (_params: unknown, { timeoutMs }: { timeoutMs: number }) => timeoutMs,
      hang: () => new Promise(() => undefined),
    });
    expect(await connection.call('locate', null, { timeoutMs: 1_234 })).toBe(1_234);
    expect(await connection.call('locate', null)).toBe(30_000);
    await expect(connection.call('hang', null, { timeoutMs: 5 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('ends what is under way when it is closed', async () => {
    const { connection } = open({ hang: () => new Promise(() => undefined) });
    const call = connection.call('hang', null);
    await connection.close();
    await expect(call).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(connection.call('hang', null)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('refuses more calls than it can bear, as retryable, and takes some again when others have ended', async () => {
    const { connection } = open({ locate: () => 1, hang: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      connection.call('hang', null, index === 0 ? { signal: controller.signal } : {}),
    );
    await expect(connection.call('locate', null)).rejects.toMatchObject({ code: 'BUSY', retryable: true });
    controller.abort();
    await expect(calls[0]).rejects.toHaveProperty('name', 'AbortError');
    await expect(connection.call('locate', null)).resolves.toBe(1);
    await connection.close();
    await Promise.allSettled(calls);
  });
});
