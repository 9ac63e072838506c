import { describe, expect, it } from '@jest/globals';
import { Geo, TestGeo } from '../contract/services/geo.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

type App = Awaited<ReturnType<typeof startWith>>;
type Reply = Record<string, unknown>;

const services = () => [Geo.serve(new TestGeo())];
const service_type = { Custom: 'geo' };

/** What the orchestrator replied to a message that the module sent it, written by hand. */
async function reply(app: App, message: object): Promise<Reply> {
  const response = await app.request(`/orders/?${encodeURIComponent(JSON.stringify(message))}`);
  return (await response.json()) as Reply;
}

const opens = (config: unknown = null) => ({ op: 'service_request', id: 'any', service_type, config });
const calls = (connection_id: unknown, operation: string, params: unknown) => ({
  op: 'service_operation',
  connection_id,
  service_type,
  operation,
  params,
});

describe('a service of defineService, to a module that only knows the protocol', () => {
  it('is {"Custom": id}: opened, called by plain JSON, and closed', async () => {
    await using app = await startWith(
      { modules: { orders: { ...fixture('relays'), services: ['geo'] } } },
      { services: services() },
    );
    await app.orchestrator.ready;
    const opened = await reply(app, opens());
    expect(opened).toMatchObject({ success: true, service_type, error: null });
    const connection = opened['connection_id'];
    expect(await reply(app, calls(connection, 'locate', { ip: '10.0.0.1' }))).toMatchObject({
      success: true,
      result: { country: 'DE', moduleId: 'orders' },
    });
    const at = '2024-05-06T07:08:09.000Z';
    expect(await reply(app, calls(connection, 'annotate', { text: 'a', at, places: [] }))).toMatchObject({
      success: true,
      result: { text: 'a true', at, placeCount: 0 },
    });
    expect(await reply(app, calls(connection, 'close', {}))).toMatchObject({ success: true });
    expect(await reply(app, calls(connection, 'locate', { ip: '10.0.0.1' }))).toMatchObject({ success: false });
  });

  it('answers what is wrong with a code and a text, and nothing of the implementation’s stack', async () => {
    await using app = await startWith(
      { modules: { orders: { ...fixture('relays'), services: ['geo'] } } },
      { services: services() },
    );
    await app.orchestrator.ready;
    const { connection_id: connection } = await reply(app, opens({ name: 'whatever' }));
    expect(await reply(app, calls(connection, 'loacte', {}))).toMatchObject({
      success: false,
      error_code: 'UNKNOWN_OPERATION',
      error: expect.stringContaining("did you mean 'locate'?"),
    });
    expect(await reply(app, calls(connection, 'annotate', { text: 7 }))).toMatchObject({
      error_code: 'INVALID_PARAMS',
      details: { fields: [{ field: 'text' }, { field: 'at' }] },
    });
    const failed = await reply(app, calls(connection, 'fail', 'error'));
    expect(failed).toMatchObject({ error_code: 'FAILED', error: expect.stringContaining('the atlas is closed') });
    expect(JSON.stringify(failed)).not.toContain('geo.ts');
    expect(app.logged(/operation of a service failed/)).toMatchObject([
      { module: 'orders', service: 'geo', operation: 'fail' },
    ]);
  });
});

describe('an implementation', () => {
  it('is told when the module it works for is gone', async () => {
    const geo = new TestGeo();
    const modules = { orders: { ...fixture('relays'), services: ['geo'], restart: 'never' as const } };
    await using app = await startWith({ modules }, { services: [Geo.serve(geo)] });
    await app.orchestrator.ready;
    const { connection_id: connection } = await reply(app, opens());
    const lost = reply(app, calls(connection, 'hangLong', null)).catch(() => undefined);
    await until(() => geo.running === 1, 'the operation is under way');
    process.kill(app.orchestrator.modules.get('orders')!.pid!, 'SIGKILL');
    await until(() => geo.seen().aborted === 1, 'its signal aborts');
    await lost;
    expect(geo.seen()).toEqual({ calls: 0, aborted: 1 });
  });
});

describe('services and the configuration', () => {
  it('refuse to start when a module was granted what nobody serves, or one is served twice', async () => {
    const modules = { orders: { ...fixture('relays'), services: ['goe'] } };
    await expect(startWith({ modules }, { services: services() })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining("modules.orders.services: 'goe' is not served (did you mean 'geo'?)"),
    });
    await expect(
      startWith({ modules: { orders: fixture('relays') } }, { services: [...services(), ...services()] }),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining("'geo' is served more than once"),
    });
  });
});
