import { describe, expect, it } from '@jest/globals';
import type { SqlValue } from '../../../src/database/index.js';
import { decodeParameters, decodeRow, encodeParameters, encodeRow } from '../../../src/database/wire-values.js';
import { overLines } from '../wire/over-lines.js';

describe('values on the wire', () => {
  it('have the form of the protocol: the plain value, and what it was beside it', () => {
    expect(overLines(encodeParameters([Uint8Array.of(0, 255), 9_007_199_254_740_993n], true))).toEqual({
      params: ['AP8=', '9007199254740993'],
      types: ['bytes', 'i64'],
    });
    expect(overLines(encodeRow({ id: 1, blob: Buffer.from([0, 255]) }, true))).toEqual({
      data: { id: 1, blob: 'AP8=' },
      types: { blob: 'bytes' },
    });
  });

  it('carry no types when none is needed or the peer does not know them', () => {
    expect(encodeParameters([1, 'a', null, true], true)).toEqual({ params: [1, 'a', null, true] });
    expect(overLines(encodeParameters([Uint8Array.of(1)], false))).toEqual({ params: ['AQ=='] });
    expect(encodeRow({ a: 2n ** 63n - 1n }, false)).toEqual({ data: { a: 2n ** 63n - 1n } });
  });

  it.each<[string, SqlValue]>([
    ['null', null],
    ['text', 'AP8='],
    ['a number', 1.5],
    ['a boolean', true],
    ['a bigint', 2n ** 63n - 1n],
    ['negative zero', -0],
    ['a date', new Date(1)],
    ['an object', { a: [1, null] }],
    ['an array', ['a', 1]],
    ['bytes', Buffer.from([1, 2, 255])],
    ['no bytes', Buffer.alloc(0)],
  ])('bring %s across as it was', (_name, value) => {
    const { params, types } = overLines(encodeParameters([value], true));
    expect(decodeParameters(params, types)).toEqual([value]);
  });

  it('bring every cell of a row across as it was, the infinite too', () => {
    const row = {
      a: 1,
      big: -(2n ** 63n),
      blob: Buffer.from('x'),
      inf: Number.POSITIVE_INFINITY,
      none: null,
      ['__proto__']: 'own',
      types: 'x',
      data: 'y',
    };
    const result = decodeRow(overLines(encodeRow(row, true)));
    expect(result).toEqual(row);
    expect(Object.keys(result)).toEqual(Object.keys(row));
  });

  it('reads plain params and rows as they stand', () => {
    expect(decodeParameters([1, 'AP8=', [1, 2]], undefined)).toEqual([1, 'AP8=', [1, 2]]);
    expect(decodeParameters(undefined, undefined)).toEqual([]);
    expect(decodeRow({ data: { a: 1 }, types: { other: 'i64' } })).toEqual({ a: 1 });
    expect(decodeParameters(['x'], ['something-newer'])).toEqual(['x']);
    expect(decodeParameters(['5'], ['i64'])).toEqual([5]);
  });

  it.each<[string, () => unknown]>([
    ['params that are no array', () => decodeParameters('x', undefined)],
    ['types of another length', () => decodeParameters([1], [])],
    ['an i64 that is no integer', () => decodeParameters(['1.5'], ['i64'])],
    ['a row without data', () => decodeRow({ a: 1 })],
    ['a row that is a list', () => decodeRow([1])],
  ])('refuses %s with SERIALIZATION', (_name, decode) => {
    expect(decode).toThrow(expect.objectContaining({ code: 'SERIALIZATION' }));
  });
});
