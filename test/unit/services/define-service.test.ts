import { describe, expect, it } from '@jest/globals';
import { describeKey, resourceOf } from '../../../src/container/index.js';
import { defineService, operation, type ServiceOf, serviceToken } from '../../../src/services/index.js';

const geo = () => defineService('geo', { locate: operation<{ ip: string }, string>(), ping: operation() });

describe('defineService', () => {
  it('takes only ids and operation names that can stand in a message and on a client', () => {
    for (const id of ['', 'Geo', 'geo service', '9lives', 'geo.eu'])
      expect(() => defineService(id, { ping: operation() })).toThrow(/is not an id of a service/);
    for (const name of ['', 'look up', '1st', '__proto__x'])
      expect(() => defineService('geo', { [name]: operation() })).toThrow(/is not a name of an operation/);
    for (const name of ['close', 'then', 'constructor', 'toJSON'])
      expect(() => defineService('geo', { [name]: operation() })).toThrow(/reserved/);
    expect(() => defineService('geo', {})).toThrow(/has no operations/);
  });

  it('takes only timeouts that a timer can keep', () => {
    for (const timeout of ['0ms', '25d', 'soon' as '1s'] as const)
      expect(() => defineService('geo', { ping: operation({ timeout }) })).toThrow(/timeout/);
    expect(defineService('geo', { ping: operation({ timeout: '1ms' }) }).id).toBe('geo');
  });

  it('gives each definition a token of its own, whose name is the id', () => {
    const [first, second] = [geo(), geo()];
    expect(serviceToken(first)).toBe(serviceToken(first));
    expect(serviceToken(first)).not.toBe(serviceToken(second));
    expect(describeKey(serviceToken(first))).toBe("service 'geo'");
    expect(resourceOf(serviceToken(first))).toMatchObject({ kind: 'service', name: 'geo' });
  });

  it('refuses to serve handlers with an operation missing, and names it', () => {
    const handlers = { locate: () => 'DE' } as never;
    expect(() => geo().serve(handlers)).toThrow(/'geo' has no ping/);
    expect(() => geo().serve(undefined as never)).toThrow(/has no locate, ping/);
  });

  it('refuses the same of what a direct implementation makes', async () => {
    const context = { moduleId: 'orders', env: {}, logger: undefined as never };
    await expect(
      geo()
        .direct(() => ({}) as never)
        .open(context),
    ).rejects.toMatchObject({ family: 'service', code: 'CONFIGURATION' });
  });

  it('disposes of what a direct implementation made, and of nothing that is served', async () => {
    const disposed: string[] = [];
    const handlers = { locate: () => 'DE', ping: () => undefined };
    const context = { moduleId: 'orders', env: {}, logger: undefined as never };
    const made = { ...handlers, [Symbol.asyncDispose]: async () => void disposed.push('async') };
    const plain = { ...handlers, [Symbol.dispose]: () => void disposed.push('sync') };
    await (
      await geo()
        .direct(() => Promise.resolve(made))
        .open(context)
    ).close();
    await (
      await geo()
        .direct(() => plain)
        .open(context)
    ).close();
    await (
      await geo()
        .direct(() => handlers)
        .open(context)
    ).close();
    await (await geo().serve(plain).open()).close();
    expect(disposed).toEqual(['async', 'sync']);
  });

  it('types the client by its table', () => {
    const fake: ServiceOf<ReturnType<typeof geo>> = { locate: async ({ ip }) => ip, ping: async () => undefined };
    expect(geo().serve(fake).service.id).toBe('geo');
    // @ts-expect-error -- The result of locate is text.
    const wrong: ServiceOf<ReturnType<typeof geo>> = { ...fake, locate: async () => 1 };
    expect(wrong).toBeDefined();
  });
});
