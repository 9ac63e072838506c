import { describe, expect, it } from '@jest/globals';
import { type Class, createToken, Inject, Injectable, resourceToken } from '../../../src/container/index.js';
import { moduleOf, problemsOf } from './module-of.js';

class Clock {}
class Watch {
  constructor(@Inject(Clock) readonly clock: Clock) {}
}
const messages = (root: Class) => problemsOf(root).map(({ code, where, message }) => `${code} ${where}: ${message}`);

describe('the check of a graph', () => {
  it('tells exactly what a provider of another module lacks to be injected', () => {
    const open = moduleOf('Open', { id: 'open', providers: [Clock], exports: [Clock] });
    const between = moduleOf('Between', { id: 'between', imports: [open] });
    expect(messages(moduleOf('App', { id: 'app', imports: [between], providers: [Watch] }))).toEqual([
      expect.stringMatching(/^NOT_EXPORTED .*belongs to module 'open'; add Open to the imports of App$/),
    ]);
    const hidden = moduleOf('Hidden', { id: 'hidden', providers: [Clock] });
    const around = moduleOf('Around', { id: 'around', imports: [hidden] });
    expect(messages(moduleOf('App', { id: 'app', imports: [around], providers: [Watch] }))).toEqual([
      expect.stringMatching(/add it to the exports of Hidden, and add Hidden to the imports of App$/),
    ]);
  });

  it('names the module to export where a single thing of it was', () => {
    const open = moduleOf('Open', { id: 'open', providers: [Clock], exports: [Clock] });
    expect(messages(moduleOf('App', { id: 'app', imports: [open], exports: [Clock] }))).toEqual([
      expect.stringContaining('it comes from Open, so export that module'),
    ]);
  });

  it('refuses a service that is implemented twice, wherever', () => {
    const provide = resourceToken<object>({ kind: 'service', name: 'geo' });
    const open = moduleOf('Open', { id: 'open', services: [{ provide }] });
    expect(messages(moduleOf('App', { id: 'app', imports: [open], services: [{ provide }] }))).toEqual([
      "DUPLICATE_PROVIDER service 'geo': is implemented twice, in the services of Open and App; keep one",
    ]);
    expect(messages(moduleOf('App', { id: 'app', services: [{ provide }, { provide }] }))).toEqual([
      expect.stringContaining('in the services of App; keep one'),
    ]);
  });

  it('refuses what one module provides twice, and what the SDK or config gives already', () => {
    class Settings {}
    const database = resourceToken<object>({ kind: 'database', name: 'default' });
    const root = moduleOf('App', {
      id: 'app',
      config: Settings,
      providers: [Clock, { provide: Clock, useValue: new Clock() }, Settings, { provide: database, useValue: {} }],
    });
    expect(messages(root)).toEqual([
      'DUPLICATE_PROVIDER Clock: is provided twice by App; keep one',
      expect.stringContaining('DUPLICATE_PROVIDER Settings: is a config class, and a provider of App as well'),
      expect.stringContaining("DUPLICATE_PROVIDER database 'default': is provided by the SDK"),
    ]);
  });

  it('finds the same mistakes of a class every time it is asked, with the place', () => {
    @Injectable()
    class Plain {
      constructor(
        readonly name: string,
        readonly size: number,
      ) {}
    }
    const root = moduleOf('App', { id: 'app', providers: [Plain] });
    expect(messages(root)).toEqual([
      expect.stringContaining(
        'BAD_DECORATOR Plain: constructor parameters 1, 2 of Plain (of 2) have no inject decorator',
      ),
    ]);
    expect(messages(root)).toEqual(messages(root));
  });

  it('refuses a key that is neither a class nor a token', () => {
    class Odd {
      constructor(@Inject(5 as never) readonly a: unknown) {}
      @Inject(null as never) b: unknown;
    }
    expect(messages(moduleOf('App', { id: 'app', providers: [Odd] })).sort()).toEqual([
      expect.stringContaining('BAD_DECORATOR Odd constructor parameter 1: @Inject got 5; name a class or a token'),
      expect.stringContaining('BAD_DECORATOR Odd.b: @Inject got null'),
    ]);
  });

  it('does not take two tokens of the same description for one', () => {
    const [one, other] = [createToken<object>('rate'), createToken<object>('rate')];
    class Shop {
      constructor(@Inject(other) readonly rate: object) {}
    }
    expect(messages(moduleOf('App', { id: 'app', providers: [{ provide: one, useValue: {} }, Shop] }))).toEqual([
      expect.stringContaining('MISSING_PROVIDER Shop constructor parameter 1: needs rate'),
    ]);
  });
});
