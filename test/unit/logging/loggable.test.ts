import { describe, expect, it } from '@jest/globals';
import { ValueError } from '../../../src/foundation/index.js';
import { loggable, SecretRedactor } from '../../../src/logging/index.js';

const plain = (value: unknown) => loggable(value, new SecretRedactor());

describe('loggable', () => {
  it('keeps what JSON cannot say readable', () => {
    expect(
      plain({
        big: 2n ** 64n,
        nan: Number.NaN,
        symbol: Symbol('s'),
        call: function go() {},
        pattern: /a/g,
        day: new Date(0),
        url: new URL('http://x/'),
      }),
    ).toEqual({
      big: '18446744073709551616',
      nan: 'NaN',
      symbol: 'Symbol(s)',
      call: '[function go]',
      pattern: '/a/g',
      day: '1970-01-01T00:00:00.000Z',
      url: 'http://x/',
    });
    expect(plain([new Map([['a', 1]]), new Set([2]), undefined])).toEqual([[['a', 1]], [2], null]);
  });

  it('hides values in the names of functions, symbols, patterns and keys', () => {
    const redactor = new SecretRedactor();
    redactor.add('zq_live_42');
    const named = function zq_live_42() {};
    expect(loggable([named, Symbol('zq_live_42'), /zq_live_42/, { zq_live_42: 1 }], redactor)).toEqual([
      '[function [REDACTED]]',
      'Symbol([REDACTED])',
      '/[REDACTED]/',
      { '[REDACTED]': 1 },
    ]);
  });

  it('only counts bytes, which may be anything', () => {
    expect(plain({ body: Buffer.from('hidden') })).toEqual({ body: '[6 bytes]' });
  });

  it('ends at cycles, at depth and at length', () => {
    const loop: Record<string, unknown> = { name: 'loop' };
    loop['self'] = loop;
    expect(plain(loop)).toEqual({ name: 'loop', self: '[circular]' });
    let deep: unknown = 'bottom';
    for (let level = 0; level < 20; level++) deep = { deep };
    expect(JSON.stringify(plain(deep))).toContain('[too deep]');
    expect(plain(Array.from({ length: 250 }, () => 0))).toHaveLength(201);
  });

  it('shows the same object twice when it is no cycle', () => {
    const shared = { id: 1 };
    expect(plain([shared, shared])).toEqual([{ id: 1 }, { id: 1 }]);
  });

  it('writes errors with code, details, stack and causes, and leaves out what drivers add', () => {
    const root = Object.assign(new Error('socket closed'), { code: 'ECONNRESET', parameters: ['private'] });
    const error = new ValueError('bad size', { cause: root, details: { size: 3 } });
    expect(plain(error)).toMatchObject({
      name: 'ValueError',
      code: 'INVALID_VALUE',
      message: 'bad size',
      details: { size: 3 },
      stack: expect.stringContaining('bad size'),
      cause: { code: 'ECONNRESET', message: 'socket closed' },
    });
    expect(JSON.stringify(plain(error))).not.toContain('private');
    expect(plain(new AggregateError([new Error('one'), new Error('two')]))).toMatchObject({
      errors: [{ message: 'one' }, { message: 'two' }],
    });
  });

  it('survives objects that throw when they are read', () => {
    const hostile = {
      get field(): never {
        throw new Error('do not look');
      },
    };
    expect(plain({ hostile, ok: 1 })).toEqual({ hostile: '[unreadable: do not look]', ok: 1 });
  });
});

describe('what stands under the name of a credential', () => {
  it('is hidden at any depth, in errors and maps too', () => {
    const error = new ValueError('bad', { details: { request: { headers: { Authorization: 'Basic eDp5' } } } });
    expect(
      plain({ user: { dbPassword: 'x', list: [{ api_key: { nested: 1 } }] }, map: new Map([['token', 'y']]), error }),
    ).toMatchObject({
      user: { dbPassword: '[REDACTED]', list: [{ api_key: '[REDACTED]' }] },
      map: [['token', '[REDACTED]']],
      error: { details: { request: { headers: { Authorization: '[REDACTED]' } } } },
    });
  });

  it('is shown when there is nothing, or when it only counts', () => {
    expect(plain({ token: null, tokens: 12, tokenType: 'bearer' })).toEqual({
      token: null,
      tokens: 12,
      tokenType: 'bearer',
    });
  });
});
