import { describe, expect, it } from '@jest/globals';
import { defineService, InjectService, Module, operation, type ServiceOf, serviceToken } from '@pywatt/sdk';
import { testModule } from '@pywatt/sdk/testing';
import { SecretRedactor } from '../../src/logging/index.js';
import { boot } from '../../src/module/index.js';
import { createMemoryChannels } from '../../src/wire/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';

const Weather = defineService('weather', { today: operation<{ city: string }, string>() });
type Weather = ServiceOf<typeof Weather>;
const Mail = defineService('mail', { send: operation() });

class Sunny {
  static disposed = 0;
  constructor(readonly word: string) {}
  today({ city }: { city: string }): string {
    return `${this.word} in ${city}`;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    Sunny.disposed += 1;
  }
}

@Module({ id: 'planner', services: [Weather.direct(({ env }) => new Sunny(env['WORD'] ?? 'sun'))] })
class Planner {
  @InjectService(Weather) readonly weather!: Weather;
}

@Module({ id: 'bare' })
class Bare {
  constructor(@InjectService(Weather) readonly weather: Weather) {}
}

const worlds = [
  ['direct', <T extends new (...args: never[]) => object>(root: T) => testModule(root)],
  ['proxied', <T extends new (...args: never[]) => object>(root: T) => testModule(root).proxied()],
] as const;

describe.each(worlds)('a module with a service in a test, %s', (environment, prepare) => {
  it('uses what its @Module says, made once from its settings and disposed of when it stops', async () => {
    const before = Sunny.disposed;
    const app = await prepare(Planner).env({ WORD: 'rain' }).boot();
    const { weather } = app.get(Planner);
    expect(await weather.today({ city: 'Bonn' })).toBe('rain in Bonn');
    expect(app.get(serviceToken(Weather))).toBe(weather);
    expect(app.bindings()).toEqual([
      expect.objectContaining({ kind: 'service', name: 'weather', source: environment }),
    ]);
    await app.close();
    expect(Sunny.disposed).toBe(before + 1);
  });

  it('uses what the test serves, and makes nothing of its own then', async () => {
    const before = Sunny.disposed;
    const fog = Weather.serve({ today: async ({ city }, { moduleId }) => `fog in ${city} for ${moduleId}` });
    await using app = await prepare(Planner).service(fog).boot();
    expect(await app.get(Planner).weather.today({ city: 'Bonn' })).toBe('fog in Bonn for planner');
    await app.close();
    expect(Sunny.disposed).toBe(before);
  });

  it('takes an override as any other', async () => {
    const fake: Weather = { today: async () => 'fake' };
    await using app = await prepare(Bare).override(serviceToken(Weather)).with(fake).boot();
    expect(app.get(Bare).weather).toBe(fake);
    expect(app.bindings()).toEqual([expect.objectContaining({ kind: 'service', source: 'override' })]);
  });

  it('does not boot where nothing implements it, and is told what would', async () => {
    await expect(prepare(Bare).boot()).rejects.toMatchObject({
      code: 'GRAPH_INVALID',
      message: expect.stringMatching(/MISSING_PROVIDER Bare.*needs service 'weather'.*\.direct\(.*\.serve\(/),
    });
  });

  it('refuses a service that nothing injects, or that is given twice', async () => {
    const mail = Mail.serve({ send: () => undefined });
    await expect(prepare(Planner).service(mail).boot()).rejects.toMatchObject({
      code: 'OVERRIDE_INVALID',
      message: expect.stringContaining("nothing in Planner injects the service 'mail'"),
    });
    const fog = Weather.serve({ today: () => 'fog' });
    await expect(prepare(Planner).service(fog).service(fog).boot()).rejects.toThrow("'weather' is given twice");
  });

  it('does not boot when its implementation cannot be made', async () => {
    @Module({
      id: 'broken',
      services: [
        Weather.direct(() => {
          throw new Error('no barometer');
        }),
      ],
    })
    class Broken extends Planner {}
    await expect(prepare(Broken).boot()).rejects.toThrow('no barometer');
  });
});

/** A proxied planner whose orchestrator answers each message with what `answer` makes of it, if anything. */
function bootUnder(init: object, answer: (message: Record<string, unknown>) => object | undefined = () => undefined) {
  const [moduleEnd, orchestratorEnd] = createMemoryChannels();
  const nothing = () => undefined;
  orchestratorEnd.start({
    onLine: (line) => {
      const reply = answer(JSON.parse(line) as Record<string, unknown>);
      if (reply) orchestratorEnd.send(JSON.stringify(reply));
    },
    onBadLine: nothing,
    onEnd: nothing,
  });
  const place = { orchestrator_api: 'o', module_id: 'planner', listen: '127.0.0.1:1', env: {} };
  orchestratorEnd.send(JSON.stringify({ op: 'init', ...place, ...init }));
  return boot(Planner, {
    detected: { environment: 'proxied', why: 'the test' },
    env: {},
    logger: silentLogger,
    redactor: new SecretRedactor(),
    overrides: new Map(),
    secrets: () => Promise.reject(new Error('a proxied module has no secrets of its own')),
    channel: () => moduleEnd,
  });
}

describe('a proxied module', () => {
  it('implements a service itself where the orchestrator grants it as direct, and bindings() says so', async () => {
    const { module } = await bootUnder({ grants: { services: { weather: 'direct' } } });
    await using app = module;
    expect(await app.get(Planner).weather.today({ city: 'Bonn' })).toBe('sun in Bonn');
    expect(app.bindings()).toEqual([
      expect.objectContaining({ source: 'direct', why: expect.stringContaining('granted as direct') }),
    ]);
  });

  it('uses a service of an orchestrator that only knows the protocol, and has its refusals as ServiceError', async () => {
    const service_type = { Custom: 'weather' };
    const { module } = await bootUnder({}, (message) => {
      expect(message).toMatchObject(message['op'] === 'heartbeat_ack' ? {} : { service_type });
      const { op, id, operation, connection_id } = message;
      if (op === 'service_request')
        return { op: 'service_response', id, service_type, success: true, error: null, connection_id: 'c' };
      if (op !== 'service_operation') return undefined;
      const { city } = message['params'] as { city?: string };
      const result = { op: 'service_operation_result', success: true, result: `snow in ${city}`, error: null };
      expect([operation, connection_id]).toEqual([operation === 'close' ? 'close' : 'today', 'c']);
      return city === 'Rome' ? { ...result, success: false, result: null, error: 'never' } : result;
    });
    await using app = module;
    const { weather } = app.get(Planner);
    expect(await weather.today({ city: 'Bonn' })).toBe('snow in Bonn');
    await expect(weather.today({ city: 'Rome' })).rejects.toMatchObject({ name: 'ServiceError', code: 'FAILED' });
  });

  it('does not boot without the grant, and is told where to write it', async () => {
    const refused = { success: false, connection_id: null, error: 'not granted', error_code: 'ACCESS_DENIED' };
    const booting = bootUnder({ ext: { v: 1, features: [] } }, ({ op, id, service_type }) =>
      op === 'service_request' ? { op: 'service_response', id, service_type, ...refused } : undefined,
    );
    await expect(booting).rejects.toMatchObject({ name: 'ServiceError', code: 'ACCESS_DENIED' });
  });
});
