import { describe, expect, it } from '@jest/globals';
import { settlesWithin } from '../../src/foundation/index.js';
import type { ModuleConfigInput } from '../../src/orchestrator/index.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';

type App = Awaited<ReturnType<typeof startWith>>;

const start = (module: Partial<ModuleConfigInput>, gateway = {}, heartbeat = {}) =>
  startWith({
    modules: { m: { ...fixture('serves-only-its-own-port'), ...module } },
    gateway: { listen: '127.0.0.1:0', ...gateway },
    heartbeat,
  });
const stderrOf = (app: App) => app.logged(/./).flatMap(({ msg, stream }) => (stream === 'stderr' ? [msg] : []));

describe('a module that serves only its own port', () => {
  it('answers nothing without the quirk', async () => {
    await using app = await start({}, { requestTimeout: '300ms' });
    await app.orchestrator.ready;
    expect((await app.request('/m/things')).status).toBe(504);
  });

  it('is running once that port accepts, and answers with what it was sent', async () => {
    await using app = await start({ quirks: ['http-on-own-port'] });
    await app.orchestrator.ready;
    const response = await app.request('/m/things?a=1', { headers: { 'x-own': 'yes' } });
    const { url, headers } = (await response.json()) as { url: string; headers: Record<string, string> };
    expect(url).toBe('/things?a=1');
    expect(headers).toMatchObject({ 'x-own': 'yes', 'x-forwarded-prefix': '/m' });
    expect(headers['x-request-id']).toBe(response.headers.get('x-request-id'));
    expect(headers).not.toHaveProperty('x-forwarded-hop');
  });

  it('keeps repeated headers apart and answers without a body', async () => {
    await using app = await start({ quirks: ['http-on-own-port'] });
    await app.orchestrator.ready;
    const response = await app.request('/m/cookies');
    expect([response.status, response.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']]);
    const head = await app.request('/m/health', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('is sent a body while it comes, and its answer is passed on while it comes', async () => {
    await using app = await start({ quirks: ['http-on-own-port'] });
    await app.orchestrator.ready;
    let push: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (push = controller) });
    push!.enqueue(Buffer.from('first'));
    const response = await app.request('/m/echo', { method: 'POST', body, duplex: 'half' });
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value).toString()).toBe('first');
    push!.enqueue(Buffer.from('second'));
    push!.close();
    expect(Buffer.from((await reader.read()).value).toString()).toBe('second');
  });

  it('is refused a body beyond the limit of the gateway', async () => {
    await using app = await start({ quirks: ['http-on-own-port'] }, { maxBody: 1_000 });
    await app.orchestrator.ready;
    expect((await app.request('/m/echo', { method: 'POST', body: Buffer.alloc(1_001) })).status).toBe(413);
    const stream = new Blob([Buffer.alloc(1_001)]).stream();
    const streamed = await app.request('/m/echo', { method: 'POST', body: stream, duplex: 'half' });
    expect(streamed.status).toBe(413);
  });

  it('has a deadline for its answers, and a broken connection is told as one', async () => {
    await using app = await start({ quirks: ['http-on-own-port'] }, { requestTimeout: '500ms' });
    await app.orchestrator.ready;
    expect((await app.request('/m/hang')).status).toBe(504);
    expect((await app.request('/m/reset', { method: 'POST' })).status).toBe(502);
    const half = await app.request('/m/break');
    await expect(half.text()).rejects.toThrow('terminated');
    expect((await app.request('/m/things')).status).toBe(200);
  });

  it('that announces no address with a port is ended with that reason', async () => {
    await using app = await start({ ...fixture('announces-a-socket'), quirks: ['http-on-own-port'], restart: 'never' });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')!.lastEnd).toBe(
      "cannot be reached: the module announced '/run/module.sock', which is no address with a port",
    );
  });

  it('that never listens is ended when its time is over', async () => {
    await using app = await start({
      ...fixture('announces-a-socket', '127.0.0.1:1'),
      quirks: ['http-on-own-port'],
      restart: 'never',
      announceTimeout: '3s',
    });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')!.lastEnd).toBe('announced itself but takes no requests within 3000 ms');
  });
});

describe('a module that reads nothing after its start', () => {
  it('is asked to end in vain without the quirk', async () => {
    await using app = await start({});
    await app.orchestrator.ready;
    await app.orchestrator.close();
    expect(stderrOf(app)).toEqual(['read and ignored: heartbeat', 'read and ignored: shutdown', 'SIGTERM']);
  });

  it('is terminated at once with the quirk, and sent nothing', async () => {
    await using app = await start({ quirks: ['http-health'], shutdownGrace: '20s' });
    await app.orchestrator.ready;
    expect(await settlesWithin(app.orchestrator.close(), 10_000)).toBe(true);
    expect(stderrOf(app)).toEqual(['SIGTERM']);
  });

  it('is ended when its health checks fail, with the quirk', async () => {
    await using app = await start({ kind: 'rust-0.5-macro', restart: 'never' }, {}, { interval: '50ms', missed: 2 });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('m')).toMatchObject({ state: 'running' });
    expect(await (await app.request('/m/sicken')).text()).toBe('sick');
    await until(() => app.orchestrator.modules.get('m')!.state === 'failed', 'it is given up');
    expect(app.orchestrator.modules.get('m')!.lastEnd).toBe('failed 2 health checks in a row');
  });
});
