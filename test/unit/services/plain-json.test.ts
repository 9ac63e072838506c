import { describe, expect, it } from '@jest/globals';
import { fromWireJson, toPlainJson } from '../../../src/services/plain-json.js';

describe('a plain payload', () => {
  it('is what JSON makes of a value', () => {
    const value = { a: [1, { b: null }], at: new Date(0), none: undefined, own: JSON.parse('{"__proto__":{"x":1}}') };
    expect(toPlainJson(value)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(toPlainJson(undefined)).toBeNull();
  });

  it('may nest a hundred levels and no further', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100; level++) deep = [deep];
    expect(toPlainJson(deep)).toEqual(deep);
    expect(() => toPlainJson([deep])).toThrow(/nests deeper than 100 levels/);
  });

  it('names where something stands that JSON would alter', () => {
    for (const [value, field, message] of [
      [{ a: [0, Number.POSITIVE_INFINITY] }, 'a[1]', 'is not a finite number, which JSON cannot carry'],
      [{ a: { b: new Set() } }, 'a.b', 'is a Map or Set, which JSON cannot carry'],
      [[1n], '[0]', 'is a bigint; write text'],
      [Buffer.from('x'), '', 'is bytes, which JSON cannot carry'],
    ] as const)
      expect(() => toPlainJson(value)).toThrow(expect.objectContaining({ field: { field, messages: [message] } }));
  });

  it('from a peer has its long integers as numbers, where a number holds them', () => {
    expect(fromWireJson({ a: [1n, 1152921504606847000n], b: null })).toEqual({ a: [1, 2 ** 60], b: null });
    expect(() => fromWireJson({ a: [9007199254740993n] })).toThrow(
      expect.objectContaining({ field: expect.objectContaining({ field: 'a[0]' }) }),
    );
  });
});
