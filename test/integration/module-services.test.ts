import { describe, expect, it } from '@jest/globals';
import { InjectService, Module } from '@pywatt/sdk';
import { testModule } from '@pywatt/sdk/testing';
import type { ModuleConfigInput } from '../../src/orchestrator/index.js';
import { Geo, TestGeo } from '../contract/services/geo.js';
import { fixture, startWith, until } from './orchestrator-fixture.js';
import { repository } from './node-process.js';

type App = Awaited<ReturnType<typeof startWith>>;

const main = (name: string): Pick<ModuleConfigInput, 'command' | 'cwd'> => ({
  command: [process.execPath, '--import', 'tsx', `test/fixtures/mains/${name}.ts`],
  cwd: repository,
});
const geographer = { ...main('geographer'), serves: ['atlas'] };
const traveller = { ...main('traveller'), services: ['atlas'] };

async function ask(app: App, path: string): Promise<Record<string, unknown>> {
  const response = await app.request(`/traveller${path}`);
  return (await response.json()) as Record<string, unknown>;
}

const pidOf = (app: App, id: string) => app.orchestrator.modules.get(id)!.pid;

describe('a service that a module serves, called by another', () => {
  it('runs in the one process of the module that serves it, and is told who calls', async () => {
    await using app = await startWith({ modules: { geographer, traveller } });
    await app.orchestrator.ready;
    expect(await ask(app, '/whoami')).toEqual({ result: { pid: pidOf(app, 'geographer'), caller: 'traveller' } });
    const metrics = await (await app.request('/_pywatt/metrics')).text();
    expect(metrics).toMatch(/module="geographer"[^\n]*service="served",operation="atlas",outcome="ok"[^\n]*\} 1/);
    expect(metrics).toMatch(/module="traveller"[^\n]*service="custom:atlas",operation="whoami",outcome="ok"[^\n]*\} 1/);
  });

  it('waits for a module that is being started, also after it died, and says what is unknown', async () => {
    const late = { ...geographer, env: { GEO_STARTS_LATE: 700 } };
    await using app = await startWith({ modules: { geographer: late, traveller } });
    await until(() => app.orchestrator.modules.get('traveller')!.state === 'running', 'the caller runs');
    const { result } = await ask(app, '/whoami');
    const { pid: first } = result as { pid: number };
    expect(await ask(app, '/crash')).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      retryable: false,
      message: expect.stringContaining("service 'atlas', crash: module 'geographer' is gone"),
    });
    const again = await ask(app, '/whoami');
    expect(again).toMatchObject({ result: { pid: expect.any(Number) } });
    expect((again['result'] as { pid: number }).pid).not.toBe(first);
  });

  it('waits for the next launch of a module whose end nobody has noticed yet, or that is stopping', async () => {
    const lasting = { ...geographer, restart: 'always' as const, env: { GEO_STOPS_LATE: 400 } };
    await using app = await startWith({ modules: { geographer: lasting, traveller } });
    await app.orchestrator.ready;
    const seen = new Set([pidOf(app, 'geographer')]);
    for (const part of ['/hang-up', 'SIGTERM']) {
      const pid = pidOf(app, 'geographer')!;
      if (part === 'SIGTERM') {
        const stopping = app.logged(/^stopping$/).length;
        process.kill(pid, part);
        await until(() => app.logged(/^stopping$/).length > stopping, 'it is stopping');
      } else expect(await ask(app, part)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      expect(app.orchestrator.modules.get('geographer')).toMatchObject({ state: 'running', pid });
      if (part === '/hang-up') {
        const { status, headers } = await app.request('/geographer/health');
        expect([status, headers.get('retry-after')]).toEqual([503, '1']);
      }
      const answers = await Promise.all([ask(app, '/whoami'), ask(app, '/wait/1')]);
      expect(answers[1]).toEqual({ result: 'waited 1' });
      seen.add((answers[0]['result'] as { pid: number }).pid);
    }
    expect(seen.size).toBe(3);
  });

  it('is done again by the next launch when it may be done twice and the answer was lost', async () => {
    await using app = await startWith({ modules: { geographer, traveller } });
    await app.orchestrator.ready;
    const first = pidOf(app, 'geographer')!;
    const answer = ask(app, '/rest/300');
    await until(() => JSON.stringify(app.lines).includes('resting 300'), 'it is under way');
    process.kill(first, 'SIGKILL');
    const { result } = await answer;
    expect(result).toBe(pidOf(app, 'geographer'));
    expect(result).not.toBe(first);
  });

  it('is not available when that module has ended for good', async () => {
    const once = { ...geographer, restart: 'never' as const };
    await using app = await startWith({ modules: { geographer: once, traveller } });
    await app.orchestrator.ready;
    await ask(app, '/crash');
    await until(() => app.orchestrator.modules.get('geographer')!.state === 'failed', 'it is not started again');
    expect(await ask(app, '/whoami')).toEqual({
      code: 'CONNECTION',
      retryable: true,
      message: "service 'atlas', whoami: module 'geographer', which serves it, is not running",
    });
  });

  it('answers what was begun before it stops', async () => {
    const patient = { ...geographer, shutdownGrace: '20s' as const };
    const app = await startWith({
      modules: { geographer: patient, traveller: { ...traveller, shutdownGrace: '20s' } },
    });
    await app.orchestrator.ready;
    const answer = ask(app, '/wait/700');
    await until(() => app.lines.some((line) => JSON.stringify(line).includes('waiting 700')), 'it is under way');
    await app[Symbol.asyncDispose]();
    expect(await answer).toEqual({ result: 'waited 700' });
  });

  it('is refused to a module that was not granted it, and by one that does not serve it', async () => {
    const { services: _, ...stranger } = traveller;
    await using app = await startWith({ modules: { geographer, traveller: { ...stranger, restart: 'never' } } });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('traveller')!.state).toBe('failed');
    expect(app.logged(/^access refused$/)).toMatchObject([{ kind: 'service', name: 'atlas', module: 'traveller' }]);
    const other = { ...fixture('answers'), serves: ['atlas'] };
    await using plain = await startWith({ modules: { other, traveller } });
    await plain.orchestrator.ready;
    expect(await ask(plain, '/whoami')).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining("module 'other' takes no calls of other modules"),
    });
  });
});

describe('a module that only knows the protocol', () => {
  const relays = { ...fixture('relays'), services: ['atlas'] };
  const id = '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00';
  const route = async (app: App, target_module_id: string, target_endpoint: string) => {
    const data = [...Buffer.from(JSON.stringify({ id, content: null, metadata: {} }))];
    const payload = { data, format: 'Json' };
    const message = { op: 'route_to_module', target_module_id, target_endpoint, request_id: id, payload };
    const response = await app.request(`/guest/?${encodeURIComponent(JSON.stringify(message))}`);
    return (await response.json()) as {
      success: boolean;
      error?: string;
      error_code?: string;
      payload: { data: number[] };
    };
  };

  it('asks another by route_to_module, as far as it was granted the service', async () => {
    const mute = { ...fixture('relays') };
    await using app = await startWith({ modules: { geographer, guest: relays, mute } });
    await app.orchestrator.ready;
    const answer = await route(app, 'geographer', 'atlas/whoami');
    expect(answer).toMatchObject({ op: 'routed_module_response', source_module_id: 'geographer', request_id: id });
    expect(JSON.parse(Buffer.from(answer.payload.data).toString())).toEqual({
      pid: pidOf(app, 'geographer'),
      caller: 'guest',
    });
    const refused = async (target: string, endpoint: string) => {
      const { success, error_code: code, error, payload } = await route(app, target, endpoint);
      expect([success, payload.data]).toEqual([false, []]);
      return `${code} ${error}`;
    };
    expect(await refused('mute', 'atlas/whoami')).toBe("PEER_REFUSED module 'mute' does not serve 'atlas'");
    expect(await refused('geographer', 'atlas/whoamy')).toMatch(/^UNKNOWN_OPERATION .*did you mean 'whoami'\?/);
    expect(await refused('geographer', 'atlas/close')).toMatch(/^UNKNOWN_OPERATION/);
    expect(await route(app, 'geographer', 'atlas/whoami')).toMatchObject({ success: true });
    expect(await refused('geographer', 'orders/list')).toMatch(/^ACCESS_DENIED module 'guest' was not granted/);
    expect(await refused('geographer', 'whoami')).toMatch(/^PEER_REFUSED 'whoami' is no endpoint of a module/);
    const metrics = await (await app.request('/_pywatt/metrics')).text();
    expect(metrics).toMatch(/module="guest"[^\n]*service="route",operation="call",outcome="ok"[^\n]*\} 2/);
    expect(metrics).toMatch(/module="guest"[^\n]*service="route",operation="call",outcome="error"/);
  });
});

describe('what is served and the configuration', () => {
  const refusal = (modules: Record<string, ModuleConfigInput>, served: 'geo'[] = []) =>
    startWith({ modules }, { services: served.map(() => Geo.serve(new TestGeo())) }).then(
      () => 'started',
      ({ message }: Error) => message,
    );

  it('agree before anything is started', async () => {
    const serving = { ...fixture('answers'), serves: ['geo'] };
    expect(await refusal({ one: serving, two: serving })).toContain(
      "modules.two.serves: 'geo' is served by module 'one', too",
    );
    expect(await refusal({ one: serving }, ['geo'])).toContain(
      "modules.one.serves: 'geo' is served by the program that starts the orchestrator, too",
    );
    expect(await refusal({ one: serving, two: { ...fixture('answers'), services: ['goe'] } })).toContain(
      "modules.two.services: 'goe' is not served (did you mean 'geo'?)",
    );
    expect(await refusal({ one: { ...fixture('answers'), serves: 'geo' as never } })).toContain(
      'modules.one.serves: must be a list of names',
    );
  });

  it('agree with the class when it boots', async () => {
    const empty = { ...geographer, serves: ['atlas', 'atlsa'], restart: 'never' as const };
    await using app = await startWith({ modules: { geographer: empty } });
    await app.orchestrator.ready;
    expect(app.orchestrator.modules.get('geographer')!.state).toBe('failed');
    expect(JSON.stringify(app.lines)).toContain(
      "is to serve 'atlsa' to other modules, and does not (did you mean 'atlas'?)",
    );
    const { serves: _, ...silent } = geographer;
    await using other = await startWith({ modules: { geographer: silent } });
    await other.orchestrator.ready;
    await until(() => other.logged(/is not served: the orchestrator does not let it/).length > 0, 'it is logged');
    expect(other.logged(/is not served/)).toMatchObject([
      { service: 'atlas', cure: 'modules.geographer.serves: [atlas]' },
    ]);
  });
});

describe('what a module serves', () => {
  it('is made by its container, in both worlds, and can be overridden', async () => {
    @Module({ id: 'geographer', serves: [Geo.servedBy(TestGeo)] })
    class Geographer {}
    for (const prepared of [testModule(Geographer), testModule(Geographer).proxied()]) {
      await using app = await prepared.boot();
      expect(app.get(TestGeo)).toBeInstanceOf(TestGeo);
    }
    const fake = new TestGeo();
    await using app = await testModule(Geographer).override(TestGeo).with(fake).boot();
    expect(app.get(TestGeo)).toBe(fake);
    await expect(
      testModule(Geographer)
        .override(TestGeo)
        .with({} as TestGeo)
        .boot(),
    ).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining("the implementation of service 'geo' has no locate, echo"),
    });
  });

  it('is one service each, of a known kind', async () => {
    @Module({ id: 'twice', serves: [Geo.servedBy(TestGeo), Geo.servedBy(class Other extends TestGeo {})] })
    class Twice {}
    await expect(testModule(Twice).boot()).rejects.toThrow("serves 'geo' twice; keep one");
    @Module({ id: 'wrong', serves: [Geo as never, undefined as never] })
    class Wrong {
      constructor(@InjectService(Geo) readonly geo: Geo) {}
    }
    const wrong = testModule(Wrong).boot();
    await expect(wrong).rejects.toThrow('in serves, which is no service; write Service.servedBy(Class)');
  });
});
