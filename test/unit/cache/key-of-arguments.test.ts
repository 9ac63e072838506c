import { describe, expect, it } from '@jest/globals';
import { keyOfArguments } from '../../../src/cache/key-of-arguments.js';

const keyOf = (...args: unknown[]) => keyOfArguments(args, 'Shop.find');

describe('keyOfArguments', () => {
  it.each([
    [[], '[]'],
    [['a', 1, true, null], '["a",1,true,null]'],
    [[{ b: 1, a: [{ d: undefined, c: -0 }] }], '[{"a":[{"c":0}],"b":1}]'],
    [[Object.assign(Object.create(null) as object, { a: 1 })], '[{"a":1}]'],
    [[1, undefined, undefined], '[1]'],
    [[new Date(5)], '[Date(5)]'],
    [['"], "'], String.raw`["\"], \""]`],
  ])('makes of %j the key %s', (args, key) => {
    expect(keyOf(...args)).toBe(key);
  });

  it('tells apart what is not the same', () => {
    const calls = [[1], ['1'], [[1]], [[[1]]], [{ a: 1 }], [{ a: '1' }], [null], ['null'], [new Date(1)], ['Date(1)']];
    expect(new Set(calls.map((args) => keyOf(...args))).size).toBe(calls.length);
  });

  it('takes one object twice', () => {
    const point = { x: 1 };
    expect(keyOf(point, [point])).toBe('[{"x":1},[{"x":1}]]');
  });

  const circular: unknown[] = [];
  circular.push({ circular });
  it.each([
    ['undefined', [undefined, 1]],
    ['undefined', [[undefined]]],
    ['NaN', [Number.NaN]],
    ['bigint', [1n]],
    ['symbol', [Symbol('a')]],
    ['function', [() => undefined]],
    ['a Map', [new Map()]],
    ['a Date', [new Date(Number.NaN)]],
    ['a AbortSignal', [new AbortController().signal]],
    ['an object that contains itself', circular],
  ])('refuses %s, naming the method and the cure', (what, args) => {
    expect(() => keyOf(...args)).toThrow(
      expect.objectContaining({
        code: 'OPERATION',
        message: expect.stringMatching(new RegExp(`Shop\\.find was called with ${what}, .*pass a key`)),
      }),
    );
  });
});
