import { describe, expect, it } from '@jest/globals';
import {
  createToken,
  Inject,
  Injectable,
  type InjectionKey,
  type Instance,
  ModuleContainer,
  type ModuleOptions,
  type Problem,
  readModuleGraph,
} from '../../../src/container/index.js';
import { moduleOf } from './module-of.js';

async function create(
  options: Omit<ModuleOptions, 'id'>,
  overrides = new Map<InjectionKey, unknown>(),
): Promise<{ container: ModuleContainer; created: Instance[]; seen: object[] }> {
  const problems: Problem[] = [];
  const graph = readModuleGraph(moduleOf('App', { id: 'app', ...options }), problems, overrides);
  expect(problems).toEqual([]);
  const [created, seen]: [Instance[], object[]] = [[], []];
  const container = new ModuleContainer(graph, overrides, (instance) => seen.push(instance));
  await container.createSingletons({ onStep: () => undefined, onCreated: (instance) => created.push(instance) });
  return { container, created, seen };
}

class Clock {
  readonly now: number = 7;
}
class Watch {
  constructor(@Inject(Clock) readonly clock: Clock) {}
}

describe('the container of a module', () => {
  it('puts an override in the place of a provider class, a value and a factory', async () => {
    const [rate, name] = [createToken<number>('rate'), createToken<string | undefined>('name')];
    const providers = [Watch, Clock, { provide: rate, useFactory: () => 1 }, { provide: name, useValue: 'real' }];
    const fake = { now: 0 };
    const overrides = new Map<InjectionKey, unknown>([
      [Clock, fake],
      [rate, 2],
      [name, undefined],
    ]);
    const { container } = await create({ providers }, overrides);
    expect(container.get(Watch).clock).toBe(fake);
    expect(container.get(Clock)).toBe(fake);
    expect(container.get(rate)).toBe(2);
    expect(container.get(name)).toBeUndefined();
  });

  it('names the provider that could not be created, with the cause', async () => {
    const cause = new TypeError('no route');
    class Broken {
      constructor() {
        throw cause;
      }
    }
    const remote = createToken<object>('remote');
    await expect(create({ providers: [Broken] })).rejects.toMatchObject({
      code: 'LIFECYCLE_FAILED',
      message: 'creating Broken failed: no route',
      cause,
    });
    const failing = { provide: remote, useFactory: () => Promise.reject(cause) };
    await expect(create({ providers: [failing] })).rejects.toMatchObject({
      message: 'creating remote failed: no route',
      cause,
    });
  });

  it('says so, with the nearest name, when it is asked for what it does not have', async () => {
    class Clocks {}
    const { container } = await create({ providers: [Clock] });
    expect(() => container.get(Clocks)).toThrow(
      expect.objectContaining({
        code: 'NOT_PROVIDED',
        message: "module 'app' neither provides nor injects Clocks (did you mean 'Clock'?)",
      }),
    );
  });

  it('shows every instance of a class as it is made, transient ones too', async () => {
    @Injectable({ scope: 'transient' })
    class Draft {}
    const { container, created, seen } = await create({ providers: [Clock, Draft] });
    const draft = container.get(Draft);
    expect(seen).toEqual(expect.arrayContaining([container.get(Clock), draft]));
    expect(seen.filter((instance) => instance === container.get(Clock))).toHaveLength(1);
    expect(created.map(({ value }) => value)).not.toContain(draft);
  });
});
