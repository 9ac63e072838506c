import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../src/foundation/index.js';
import { metricDescriptions } from '../../src/orchestrator/metrics/metric-descriptions.js';
import { createMemoryChannels } from '../../src/wire/index.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

type Samples = ReadonlyMap<string, number>;
type App = Awaited<ReturnType<typeof startWith>>;

/** `name{labels}` to value. */
async function read(app: App): Promise<Samples> {
  const response = await app.request('/_pywatt/metrics');
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** The sum over all samples of a metric that have these labels. */
function sum(samples: Samples, name: string, labels: Record<string, string> = {}): number {
  let total = 0;
  for (const [key, value] of samples) {
    const has = Object.entries(labels).every(([label, text]) => key.includes(`${label}="${text}"`));
    if ((key === name || key.startsWith(`${name}{`)) && has) total += value;
  }
  return total;
}

/** A request to the module `relays`, which sends the message on and answers with the reply. */
const relay = async (app: App, message: object) =>
  (await (await app.request(`/orders/?${encodeURIComponent(JSON.stringify(message))}`)).json()) as Record<
    string,
    unknown
  >;

const wire = { module: 'orders', channel: 'stdio' };

describe('/_pywatt/metrics', () => {
  it('counts messages and bytes by direction and op, and the sizes of messages', async () => {
    await using app = await startWith({ modules: { orders: fixture('answers') } });
    await app.orchestrator.ready;
    const before = await read(app);
    await app.request('/orders/x');
    await app.request('/orders/x', { method: 'POST', body: 'x'.repeat(5_000) });
    const after = await read(app);
    for (const [direction, op] of [
      ['to_module', 'http_request'],
      ['from_module', 'http_response'],
    ] as const) {
      const labels = { ...wire, direction, op };
      expect(sum(before, 'pywatt_wire_messages_total', labels)).toBe(0);
      expect(sum(after, 'pywatt_wire_messages_total', labels)).toBe(2);
      expect(sum(after, 'pywatt_wire_message_size_bytes_count', labels)).toBe(2);
      expect(sum(after, 'pywatt_wire_message_size_bytes_sum', labels)).toBe(
        sum(after, 'pywatt_wire_bytes_total', labels),
      );
    }
    const sent = { ...wire, direction: 'to_module', op: 'http_request' };
    expect(sum(after, 'pywatt_wire_bytes_total', sent)).toBeGreaterThan(5_000);
    expect(sum(after, 'pywatt_wire_message_size_bytes_bucket', { ...sent, le: '1024' })).toBe(1);
    expect(sum(after, 'pywatt_wire_message_size_bytes_bucket', { ...sent, le: '+Inf' })).toBe(2);
  });

  it('measures calls by service, operation and outcome', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('relays'), secrets: ['KEY'], caches: ['default'] } },
      caches: { default: { url: 'memory:' } },
      secrets: [{ memory: { KEY: 'the-value' } }],
    });
    await app.orchestrator.ready;
    const before = await read(app);
    await relay(app, { op: 'get_secret', name: 'KEY' });
    await relay(app, { op: 'get_secret', name: 'NONE' });
    await relay(app, { op: 'port_request', request_id: 'p', specific_port: null });
    const opened = await relay(app, { op: 'service_request', id: 'c', service_type: 'Cache', config: {} });
    const connection_id = String(opened['connection_id']);
    const operation = { op: 'service_operation', connection_id, service_type: 'Cache' };
    await relay(app, { ...operation, operation: 'ping', params: {} });
    await relay(app, { ...operation, operation: 'made_up_by_the_module', params: {} });
    await relay(app, { ...operation, service_type: { Custom: 'made-up' }, operation: 'x', params: {} });
    const after = await read(app);
    const calls = (service: string, operation: string, outcome: string) => {
      const labels = { ...wire, service, operation, outcome };
      const name = 'pywatt_call_duration_seconds_count';
      return [sum(before, name, labels), sum(after, name, labels)];
    };
    expect(calls('secret', 'get', 'ok')).toEqual([0, 1]);
    expect(calls('secret', 'get', 'error')).toEqual([0, 1]);
    expect(calls('port', 'request', 'ok')).toEqual([0, 1]);
    expect(calls('cache', 'open', 'ok')).toEqual([0, 1]);
    expect(calls('cache', 'ping', 'ok')).toEqual([0, 1]);
    expect(calls('cache', 'other', 'error')).toEqual([0, 1]);
    expect(calls('other', 'other', 'error')).toEqual([0, 1]);
    expect(calls('http', 'GET', 'ok')).toEqual([0, 7]);
    expect(sum(after, 'pywatt_call_duration_seconds_sum', { ...wire, service: 'http' })).toBeGreaterThan(0);
    expect([...after.keys()].join('\n')).not.toMatch(/made.up/);
  });

  it('shows the calls in flight, and those that failed', async () => {
    await using app = await startWith({
      modules: { orders: fixture('answers') },
      gateway: { listen: '127.0.0.1:0', requestTimeout: '300ms' },
    });
    await app.orchestrator.ready;
    const labels = { ...wire, service: 'http' };
    const hanging = app.request('/orders/hang', { method: 'PUT' });
    await until(async () => sum(await read(app), 'pywatt_calls_in_flight', labels) === 1, 'it is in flight');
    expect((await hanging).status).toBe(504);
    const after = await read(app);
    expect(sum(after, 'pywatt_calls_in_flight', labels)).toBe(0);
    const failed = { ...labels, operation: 'PUT', outcome: 'error' };
    expect(sum(after, 'pywatt_call_duration_seconds_count', failed)).toBe(1);
    expect(sum(after, 'pywatt_call_duration_seconds_bucket', { ...failed, le: '0.25' })).toBe(0);
  });

  it('shows what waits to be written to a module that does not read', async () => {
    const [moduleEnd, orchestratorEnd] = createMemoryChannels();
    let queued = 0;
    const held = {
      kind: orchestratorEnd.kind,
      carriesBytes: false,
      isOwn: false,
      get queuedBytes() {
        return queued;
      },
      send: (line: string) => orchestratorEnd.send(line),
      onDrain: (listener: () => void) => orchestratorEnd.onDrain(listener),
      start: (reader: Parameters<typeof orchestratorEnd.start>[0]) => orchestratorEnd.start(reader),
      close: () => orchestratorEnd.close(),
    };
    moduleEnd.start({
      onLine: (line) => {
        const { op } = JSON.parse(line) as { op: string };
        if (op === 'init') moduleEnd.send('{"op":"announce","listen":"127.0.0.1:1","endpoints":[]}');
        if (op === 'shutdown') void moduleEnd.close();
      },
      onBadLine: () => undefined,
      onEnd: () => undefined,
    });
    const ended = new Deferred<{ code: number; signal: null }>();
    const stop = () => ended.resolve({ code: 0, signal: null });
    const launcher = {
      launch: () =>
        Promise.resolve({
          channel: held,
          pid: undefined,
          errorOutput: undefined,
          exited: ended.promise,
          terminate: stop,
          kill: stop,
        }),
    };
    await using app = await startWith(
      { modules: { orders: { command: 'unused' } }, heartbeat: { interval: '20ms' } },
      { launchers: { orders: launcher } },
    );
    await app.orchestrator.ready;
    const labels = { module: 'orders', channel: 'memory' };
    expect(sum(await read(app), 'pywatt_wire_queued_bytes', labels)).toBe(0);
    queued = 100_000;
    await until(async () => {
      const samples = await read(app);
      const all = sum(samples, 'pywatt_wire_queue_depth_bytes_count', labels);
      return all > sum(samples, 'pywatt_wire_queue_depth_bytes_bucket', { ...labels, le: '65536' });
    }, 'a message was sent while others waited');
    expect(sum(await read(app), 'pywatt_wire_queued_bytes', labels)).toBe(100_000);
  });

  it('counts what came from a module and was not taken, by reason', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('writes-what-is-no-message') } },
      wire: { maxLine: '20kb' },
    });
    await app.orchestrator.ready;
    await app.request('/orders/');
    const samples = await read(app);
    const dropped = (reason: string) => sum(samples, 'pywatt_wire_dropped_total', { ...wire, reason });
    expect(['not_a_message', 'unknown_op', 'no_nonce', 'broken_line', 'unexpected_answer'].map(dropped)).toEqual([
      2, 1, 1, 1, 1,
    ]);
    expect(sum(samples, 'pywatt_wire_messages_total', { ...wire, op: 'other' })).toBe(1);
    expect([...samples.keys()].join('\n')).not.toContain('made_up');
  });

  it('names the channel that a module has connected', async () => {
    const module = { ...fixture('../mains/reads-and-writes'), caches: ['default'], channels: ['unix' as const] };
    await using app = await startWith({ modules: { orders: module }, caches: { default: { url: 'memory:' } } });
    await app.orchestrator.ready;
    expect((await app.request('/orders/stats')).status).toBe(200);
    const samples = await read(app);
    const carried = { module: 'orders', channel: 'unix', direction: 'to_module', op: 'http_request' };
    expect(sum(samples, 'pywatt_wire_messages_total', carried)).toBe(1);
    expect(sum(samples, 'pywatt_call_duration_seconds_count', { channel: 'unix', operation: 'stats' })).toBe(1);
  });

  it('measures heartbeats, and the event loops of both ends', async () => {
    await using app = await startWith({
      modules: { orders: fixture('tells-its-lag') },
      heartbeat: { interval: '20ms' },
    });
    await app.orchestrator.ready;
    await until(
      async () => sum(await read(app), 'pywatt_heartbeat_round_trip_seconds_count', wire) >= 2,
      'heartbeats were acknowledged',
    );
    const samples = await read(app);
    const lags = sum(samples, 'pywatt_module_event_loop_lag_seconds_count', { module: 'orders' });
    expect(lags).toBeGreaterThanOrEqual(2);
    expect(sum(samples, 'pywatt_module_event_loop_lag_seconds_sum', { module: 'orders' })).toBeCloseTo(0.4 * lags, 5);
    // Long enough for the timer that measures, and for nothing else.
    const until350 = performance.now() + 350;
    while (performance.now() < until350);
    await until(async () => {
      const samples = await read(app);
      const all = sum(samples, 'pywatt_event_loop_lag_seconds_count');
      return all > sum(samples, 'pywatt_event_loop_lag_seconds_bucket', { le: '0.25' });
    }, 'the hold-up is seen');
  });

  it('shows which modules run and how often they were started again', async () => {
    await using app = await startWith({ modules: { orders: fixture('answers') } });
    await app.orchestrator.ready;
    const before = await read(app);
    expect([sum(before, 'pywatt_module_up'), sum(before, 'pywatt_module_restarts_total')]).toEqual([1, 0]);
    await app.request('/orders/crash');
    await until(async () => sum(await read(app), 'pywatt_module_up', { module: 'orders' }) === 0, 'it is down');
    await until(async () => sum(await read(app), 'pywatt_module_up', { module: 'orders' }) === 1, 'it is up again');
    const after = await read(app);
    expect(sum(after, 'pywatt_module_restarts_total', { module: 'orders' })).toBe(1);
    const inits = { ...wire, direction: 'to_module', op: 'init' };
    expect(sum(after, 'pywatt_wire_messages_total', inits)).toBe(2);
  });

  it('counts rotations by outcome, and what each module took for them', async () => {
    await using app = await startWith({
      modules: {
        orders: { ...fixture('relays'), secrets: ['KEY'] },
        billing: { ...fixture('relays'), secrets: ['OTHER'], env: { REFUSES_ROTATIONS: 'no' } },
      },
      secrets: [{ memory: { KEY: 'the-old-value', OTHER: 'the-other-value' } }],
    });
    await app.orchestrator.ready;
    await relay(app, { op: 'get_secret', name: 'KEY' });
    await app.request(`/billing/?${encodeURIComponent('{"op":"get_secret","name":"OTHER"}')}`);
    await app.orchestrator.rotateSecret('KEY', 'the-new-value');
    await app.orchestrator.rotateSecret('OTHER', 'the-new-value');
    await expect(app.orchestrator.rotateSecret('NONE', 'the-new-value')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const samples = await read(app);
    const rotations = (outcome: string) => sum(samples, 'pywatt_secret_rotations_total', { outcome });
    expect(['committed', 'rejected', 'refused'].map(rotations)).toEqual([1, 1, 1]);
    expect(sum(samples, 'pywatt_secret_rotation_acknowledged_seconds_count')).toBe(1);
    const calls = { service: 'rotation', operation: 'rotated' };
    const count = 'pywatt_call_duration_seconds_count';
    expect(sum(samples, count, { ...calls, module: 'orders', outcome: 'ok' })).toBe(1);
    expect(sum(samples, count, { ...calls, module: 'billing', outcome: 'error' })).toBeGreaterThanOrEqual(1);
    expect([...samples.keys()].join('\n')).not.toMatch(/the-(old|new|other)-value/);
  });

  it('serves exactly the metrics that are described, in the text format', async () => {
    await using app = await startWith({ modules: { orders: fixture('answers') } });
    const text = await (await app.request('/_pywatt/metrics')).text();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
    expect(types).toEqual(Object.entries(metricDescriptions).map(([name, { type }]) => [name, type]));
    expect([...text.matchAll(/^# HELP /gm)]).toHaveLength(types.length);
  });
});
