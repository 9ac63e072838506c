import { describe, expect, it } from '@jest/globals';
import {
  checkGraph,
  type Class,
  createToken,
  describeKey,
  Inject,
  Injectable,
  ModuleContainer,
  Optional,
  type Problem,
  readModuleGraph,
} from '../../../src/container/index.js';
import { moduleOf, problemsOf } from './module-of.js';

async function boot(root: Class): Promise<ModuleContainer> {
  const problems: Problem[] = [];
  const graph = readModuleGraph(root, problems);
  expect([...problems, ...checkGraph(graph)]).toEqual([]);
  const container = new ModuleContainer(graph, new Map());
  await container.createSingletons({ onStep: () => undefined, onCreated: () => undefined });
  return container;
}

@Injectable()
class Clock {
  readonly now = 7;
}

class Mailer {}

@Injectable()
class Greeter {
  @Inject(Clock) readonly clock!: Clock;
  constructor(@Optional() @Inject(Mailer) readonly mailer: Mailer | undefined) {}
}

describe('a module graph', () => {
  it('injects constructor parameters and properties, and undefined for what is optional and missing', async () => {
    const container = await boot(moduleOf('App', { id: 'app', providers: [Clock, Greeter] }));
    const greeter = container.get(Greeter);
    expect(greeter.clock).toBe(container.get(Clock));
    expect(greeter.mailer).toBeUndefined();
  });

  it('reports every problem at once, each with its code, place and cure', () => {
    const RightAlias = createToken<object>('RightAlias');
    class Lost {
      constructor(@Inject(Mailer) readonly mailer: Mailer) {}
    }
    class Broken {
      constructor(@Inject(undefined as never) readonly nothing: unknown) {}
    }
    class Left {
      constructor(@Inject(RightAlias) readonly right: unknown) {}
    }
    class Right {
      constructor(@Inject(Left) readonly left: Left) {}
    }
    const twin = moduleOf('Twin', { id: 'app' });
    const root = moduleOf('App', {
      id: 'app',
      imports: [twin],
      providers: [Lost, Broken, Left, { provide: RightAlias, useClass: Right }],
    });
    expect(
      problemsOf(root)
        .map((problem) => problem.code)
        .sort(),
    ).toEqual(['BAD_DECORATOR', 'DEPENDENCY_CYCLE', 'DUPLICATE_MODULE_ID', 'MISSING_PROVIDER']);
    const cycle = problemsOf(root).find((problem) => problem.code === 'DEPENDENCY_CYCLE')!;
    expect(cycle.message).toContain('Left → RightAlias → Left');
    const missing = problemsOf(root).find((problem) => problem.code === 'MISSING_PROVIDER')!;
    expect(missing).toMatchObject({ where: 'Lost constructor parameter 1' });
    expect(missing.message).toContain('Mailer, which nothing provides');
  });

  it('names the nearest provider when one is missing', () => {
    class OrderService {}
    class OrderServices {}
    class Controller {
      constructor(@Inject(OrderServices) readonly orders: OrderServices) {}
    }
    const [problem] = problemsOf(moduleOf('App', { id: 'app', providers: [Controller, OrderService] }));
    expect(problem!.message).toContain("did you mean 'OrderService'?");
  });

  it('lets a module inject only what its imports export', async () => {
    @Injectable()
    class Inner {}
    class Outer {
      constructor(@Inject(Inner) readonly inner: Inner) {}
    }
    const hidden = moduleOf('Hidden', { id: 'hidden', providers: [Inner] });
    expect(problemsOf(moduleOf('App', { id: 'app', imports: [hidden], providers: [Outer] }))).toMatchObject([
      { code: 'NOT_EXPORTED', message: expect.stringContaining('add it to the exports of Hidden') },
    ]);
    const open = moduleOf('Open', { id: 'open', providers: [Inner], exports: [Inner] });
    const between = moduleOf('Between', { id: 'between', imports: [open], exports: [open] });
    const container = await boot(moduleOf('App', { id: 'app', imports: [between], providers: [Outer] }));
    expect(container.get(Outer).inner).toBe(container.get(Inner));
  });

  it('awaits async factories and hands their result to those who inject them', async () => {
    const rate = createToken<number>('rate');
    class Shop {
      constructor(@Inject(rate) readonly rate: number) {}
    }
    const container = await boot(
      moduleOf('App', {
        id: 'app',
        providers: [
          Clock,
          { provide: rate, useFactory: (clock: Clock) => Promise.resolve(clock.now * 2), inject: [Clock] },
          Shop,
        ],
      }),
    );
    expect(container.get(Shop).rate).toBe(14);
    expect(container.get(rate)).toBe(14);
  });

  it('keeps one singleton, and makes a new transient for each injection', async () => {
    @Injectable({ scope: 'transient' })
    class Draft {}
    class Desk {
      constructor(
        @Inject(Draft) readonly one: Draft,
        @Inject(Draft) readonly two: Draft,
      ) {}
    }
    const container = await boot(moduleOf('App', { id: 'app', providers: [Draft, Desk] }));
    expect(container.get(Desk).one).not.toBe(container.get(Desk).two);
    expect(container.get(Desk)).toBe(container.get(Desk));
  });

  it('inherits what a base class injects', async () => {
    class Loud extends Greeter {}
    const container = await boot(moduleOf('App', { id: 'app', providers: [Clock, Mailer, Loud] }));
    expect(container.get(Loud).clock).toBeInstanceOf(Clock);
    expect(container.get(Loud).mailer).toBeInstanceOf(Mailer);
  });

  it('does no harm when @Injectable is written twice or a class is listed by two modules', async () => {
    @Injectable()
    @Injectable()
    class Twice {}
    const inner = moduleOf('Inner', { id: 'inner', providers: [Twice] });
    const container = await boot(moduleOf('App', { id: 'app', imports: [inner], providers: [Twice] }));
    expect(container.get(Twice)).toBeInstanceOf(Twice);
  });

  it('reports decorators in wrong places at boot instead of breaking the import', () => {
    class Wrong {
      @Inject(Clock) static clock: Clock;
      constructor(@Optional() readonly nothing: string) {}
      method(@Inject(Clock) _clock: Clock) {}
    }
    const found = problemsOf(moduleOf('App', { id: 'app', providers: [Clock, Wrong] }));
    expect(found.map((problem) => `${problem.code} ${problem.where}`).sort()).toEqual([
      'BAD_DECORATOR Wrong.clock',
      'BAD_DECORATOR Wrong.method',
    ]);
  });

  it('says which constructor parameter nobody decorated', () => {
    class Plain {
      constructor(readonly name: string) {}
    }
    const [problem] = problemsOf(moduleOf('App', { id: 'app', providers: [Plain] }));
    expect(problem).toMatchObject({ code: 'BAD_DECORATOR', where: 'Plain' });
  });

  it('refuses modules that are not decorated, ids that are not names, and providers that are nothing', () => {
    const root = moduleOf('App', {
      id: 'My App',
      imports: [Clock, undefined as never],
      providers: [undefined as never, { provide: 'x' } as never],
    });
    expect(problemsOf(root).map((problem) => `${problem.code} ${problem.where}`)).toEqual([
      'BAD_MODULE App',
      'BAD_MODULE Clock',
      'BAD_MODULE App',
      'BAD_MODULE App',
      'BAD_MODULE App',
    ]);
  });

  it('names what a module provides twice and what it exports without having it', () => {
    const a = moduleOf('A', { id: 'a', providers: [{ provide: Clock, useValue: new Clock() }] });
    const root = moduleOf('App', { id: 'app', imports: [a], providers: [Clock], exports: [Mailer] });
    expect(problemsOf(root).map((problem) => [problem.code, problem.where])).toEqual([
      ['DUPLICATE_PROVIDER', 'Clock'],
      ['MISSING_PROVIDER', 'exports of App'],
    ]);
  });

  it('puts overrides in place of providers and forgets what those needed', () => {
    const problems: Problem[] = [];
    const root = moduleOf('App', { id: 'app', providers: [Greeter] });
    const graph = readModuleGraph(root, problems, new Map([[Greeter, { fake: true }]]));
    expect([...problems, ...checkGraph(graph)]).toEqual([]);
    expect(graph.providers.map((node) => describeKey(node.key))).toEqual(['Greeter', 'App']);
  });
});
