import { describe, expect, it } from '@jest/globals';
import { PyWattError } from '../../../src/foundation/index.js';
import { parseSecret, type SecretForm, type SecretParser } from '../../../src/secrets/parse-secret.js';

function failure(text: string, as: SecretForm | SecretParser): unknown {
  try {
    return parseSecret('KEY', text, as);
  } catch (error) {
    return error;
  }
}

describe('parseSecret', () => {
  it.each<[SecretForm, string, unknown]>([
    ['string', ' as it is ', ' as it is '],
    ['number', ' 42.5 ', 42.5],
    ['number', '-1e3', -1000],
    ['boolean', 'true', true],
    ['boolean', 'OFF', false],
    ['json', '{"a":[1]}', { a: [1] }],
    ['url', 'https://example.com/hook', new URL('https://example.com/hook')],
    ['duration', '1.5m', 90_000],
    ['bytes', 'AQID\n', new Uint8Array([1, 2, 3])],
    ['number', '+.5', 0.5],
    ['duration', ' 30s\n', 30_000],
    ['json', ' null ', null],
    ['bytes', '_-8', new Uint8Array([255, 239])],
    ['bytes', '+/8=', new Uint8Array([251, 255])],
  ])('reads %s from %p', (as, text, expected) => {
    expect(parseSecret('KEY', text, as)).toEqual(expected);
  });

  it.each<[SecretForm, string]>([
    ['number', 'hunter2'],
    ['number', ' '],
    ['number', 'Infinity'],
    ['boolean', 'hunter2'],
    ['json', 'hunter2 is {not} JSON'],
    ['url', 'hunter2'],
    ['duration', 'hunter2'],
    ['bytes', 'hunter2!'],
    ['number', '0x10'],
    ['number', '1e999'],
    ['number', '1,5'],
    ['json', ''],
    ['url', '/relative'],
    ['duration', '5'],
    ['bytes', 'AAAAA'],
    ['bytes', 'AQ='],
    ['bytes', '='],
    ['bytes', 'A+_A'],
    ['bytes', 'AQID===='],
  ])('refuses %s from %p, without showing it', (as, text) => {
    const error = failure(text, as);
    expect(PyWattError.is(error) && error.code).toBe('INVALID');
    expect((error as Error).message).toMatch(/^secret 'KEY' is not /);
    expect(JSON.stringify([(error as Error).message, (error as Error).stack, (error as Error).cause])).not.toContain(
      'hunter2',
    );
  });

  it('refuses a parser that gives a promise, whatever becomes of it', async () => {
    const parsers: SecretParser[] = [(text) => Promise.resolve(text), () => Promise.reject(new Error('late'))];
    for (const parser of parsers) expect(() => parseSecret('KEY', 'x', parser)).toThrow('a secret is parsed at once');
    await new Promise(setImmediate);
  });

  it('takes a parser of one’s own, and withholds what it throws', () => {
    expect(parseSecret('KEY', 'a,b', (text) => text.split(','))).toEqual(['a', 'b']);
    const error = failure('hunter2', (text) => {
      throw Object.assign(new TypeError(`bad ${text}`), { name: `Bad ${text}` });
    }) as Error;
    expect(error.message).toContain('it threw TypeError');
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('hunter2');
  });
});
