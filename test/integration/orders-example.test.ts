import { describe, expect, it } from '@jest/globals';
import { testModule } from '@pywatt/sdk/testing';
import { OrdersModule } from '../../examples/orders/orders.module.js';

const worlds = [
  ['direct', () => testModule(OrdersModule)],
  ['proxied', () => testModule(OrdersModule).proxied()],
] as const;

describe.each(worlds)('the orders example, %s', (environment, prepare) => {
  const boot = () => prepare().secret('STRIPE_KEY', 'sk_test_1').boot();

  it('places, lists and reads orders, the second time from the cache', async () => {
    await using app = await boot();
    expect(app.environment).toBe(environment);
    const created = await app.request('/orders', { method: 'POST', json: { sku: 'tea', quantity: 2 } });
    expect(created.status).toBe(200);
    expect(await created.json()).toEqual({ id: 1, sku: 'tea', quantity: 2, paid_with: null });
    expect(await (await app.request('/orders')).json()).toHaveLength(1);
    expect(await (await app.request('/orders/1')).json()).toMatchObject({ from: 'database' });
    expect(await (await app.request('/orders/1')).json()).toMatchObject({ from: 'cache' });
    expect((await app.request('/orders/9')).status).toBe(404);
  });

  it('refuses an order that is not one, naming the fields', async () => {
    await using app = await boot();
    const refused = await app.request('/orders', { method: 'POST', json: { sku: 7, quantity: 0 } });
    expect(refused.status).toBe(400);
    const { fields } = (await refused.json()) as { fields: { field: string }[] };
    expect(fields.map(({ field }) => field).sort((a, b) => a.localeCompare(b))).toEqual(['quantity', 'sku']);
    const malformed = await app.request('/orders', {
      method: 'POST',
      body: '{"sku":',
      headers: { 'content-type': 'application/json' },
    });
    expect(malformed.status).toBe(400);
  });

  it('rotates the payment key while it runs, and keeps the old one when the hook refuses', async () => {
    await using app = await boot();
    await app.request('/orders', { method: 'POST', json: { sku: 'tea', quantity: 2 } });
    const pay = async () =>
      ((await (await app.request('/orders/1/payment', { method: 'POST' })).json()) as { paid_with: string }).paid_with;
    const first = await pay();
    const report = await app.rotateSecret('STRIPE_KEY', 'sk_test_2');
    expect(report).toMatchObject({ outcome: 'committed', modules: [{ moduleId: 'orders', outcome: 'acknowledged' }] });
    const second = await pay();
    expect(second).not.toBe(first);
    const refused = await app.rotateSecret('STRIPE_KEY', 'no key at all');
    expect(refused).toMatchObject({
      outcome: 'rejected',
      modules: [{ outcome: 'rejected', message: expect.stringContaining('starts with sk_') }],
    });
    expect(await pay()).toBe(second);
  });

  it('says of everything injected where it comes from and why', async () => {
    await using app = await boot();
    expect(app.bindings()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'database',
          name: 'default',
          source: environment,
          description: expect.stringContaining('sqlite'),
        }),
        expect.objectContaining({
          kind: 'cache',
          name: 'default',
          source: environment,
          description: expect.stringContaining('memory'),
        }),
        expect.objectContaining({ kind: 'secret', name: 'STRIPE_KEY', source: environment }),
      ]),
    );
  });
});
