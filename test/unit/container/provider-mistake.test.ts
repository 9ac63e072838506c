import { describe, expect, it } from '@jest/globals';
import { createToken, Injectable, type Provider } from '../../../src/container/index.js';
import { moduleOf, problemsOf } from './module-of.js';

const token = createToken<unknown>('rate');
const messages = (provider: unknown) =>
  problemsOf(moduleOf('App', { id: 'app', providers: [provider as Provider] })).map(
    ({ code, message }) => `${code} ${message}`,
  );

describe('an entry of providers', () => {
  it.each([
    ['is undefined', undefined, 'a provider that is undefined, often because two files import each other'],
    ['is a number', 3, 'a provider that is 3; a provider is a class or'],
    ['provides undefined', { provide: undefined, useValue: 1 }, 'whose `provide` is undefined, often because'],
    ['provides an object', { provide: {}, useValue: 1 }, 'whose `provide` is an object; name a class or a token'],
    ['says nothing to use', { provide: token }, 'of rate with nothing to use'],
    [
      'says two things to use',
      { provide: token, useValue: 1, useFactory: () => 1 },
      'of rate with useValue and useFactory',
    ],
    [
      'uses an undefined class',
      { provide: token, useClass: undefined },
      'of rate whose useClass is undefined, often because',
    ],
    [
      'uses a factory that is none',
      { provide: token, useFactory: 7 },
      'of rate whose useFactory is 7; name a function',
    ],
    [
      'has a scope that is none',
      { provide: token, useFactory: () => 1, scope: 'trasient' },
      "the scope 'trasient'; write singleton, transient, request",
    ],
    [
      'injects undefined',
      { provide: token, useFactory: () => 1, inject: [undefined] },
      'of rate that injects undefined, often because',
    ],
    [
      'injects something that is no list',
      { provide: token, useFactory: () => 1, inject: token },
      'whose inject is not a list',
    ],
  ])('that %s is a BAD_MODULE that says so', (_title, provider, message) => {
    expect(messages(provider)).toEqual([expect.stringContaining(message)]);
    expect(messages(provider)[0]).toMatch(/^BAD_MODULE /);
  });

  it('may give any value at all, undefined and promises among them', () => {
    for (const useValue of [undefined, null, () => 1, Promise.resolve(1)])
      expect(messages({ provide: token, useValue })).toEqual([]);
  });

  it('that is a class with a scope that is none is a BAD_DECORATOR', () => {
    @Injectable({ scope: 'once' as never })
    class Odd {}
    expect(messages(Odd)).toEqual([expect.stringContaining("BAD_DECORATOR @Injectable got the scope 'once'")]);
  });
});
