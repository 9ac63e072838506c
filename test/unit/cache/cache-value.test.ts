import { describe, expect, it } from '@jest/globals';
import { checkBytes, decodeJson, decodeText, encodeJson, encodeText } from '../../../src/cache/cache-value.js';

const entry = { cache: 'c', key: 'k' };
const stored = (value: unknown) => decodeText(encodeJson(value, entry), entry);

describe('encodeJson', () => {
  it('writes what JSON.stringify writes, dates, toJSON and left-out undefined properties included', () => {
    const value = {
      date: new Date(0),
      own: { toJSON: () => ({ a: 1 }) },
      gone: undefined,
      boxed: Object('text') as unknown,
      list: [undefined],
    };
    expect(stored(value)).toBe(JSON.stringify(value));
    class Point {
      constructor(readonly x: number) {}
    }
    expect(stored(new Point(1))).toBe('{"x":1}');
    expect(stored({ error: Object.assign(new Error('e'), { toJSON: () => 'said so' }) })).toBe('{"error":"said so"}');
  });

  it.each([
    [{ price: 1n }, 'BigInt'],
    [{ price: Number.NaN }, 'property "price" is not a finite number'],
    [{ load: () => 1 }, 'property "load" is a function'],
    [{ rows: new Map() }, 'property "rows" is a Map or Set'],
    [{ row: Promise.resolve() }, 'is an await missing?'],
    [{ image: Buffer.from('x') }, 'property "image" is bytes'],
    [{ image: new ArrayBuffer(1) }, 'property "image" is bytes'],
    [{ pattern: /x/ }, 'property "pattern" is a regular expression'],
    [new Error('e'), 'it is an Error'],
    [undefined, 'undefined is not a value'],
  ])('refuses %p and says where it is', (value, message) => {
    expect(() => encodeJson(value, entry)).toThrow(
      expect.objectContaining({ code: 'SERIALIZATION', message: expect.stringContaining(message) }),
    );
    expect(() => encodeJson(value, entry)).toThrow(/cache 'c', key "k"/);
  });
});

describe('a bound', () => {
  const bounded = { ...entry, maxBytes: 1_000 };
  const tooLarge = expect.objectContaining({
    code: 'FULL',
    message: expect.stringMatching(/"k" takes more than 1000 bytes/),
  });

  it('refuses what is past it in any case, and nothing else', () => {
    for (const value of [Array(400).fill(1), 'x'.repeat(998), { a: undefined, b: [undefined, null] }, [[], {}, '']])
      expect(String(encodeJson(value, bounded))).toBe(JSON.stringify(value));
    for (const value of ['x'.repeat(1_001), Array(1_001).fill(1), { a: ['x'.repeat(500), 'x'.repeat(500)] }])
      expect(() => encodeJson(value, bounded)).toThrow(tooLarge);
    expect(() => encodeText('x'.repeat(1_001), bounded)).toThrow(tooLarge);
    expect(() => checkBytes(new Uint8Array(1_001), bounded)).toThrow(tooLarge);
    expect(checkBytes(new Uint8Array(1_000), bounded)).toHaveLength(1_000);
  });

  it('is that of its own value where a toJSON encodes another', () => {
    const nested = { toJSON: () => encodeJson('x'.repeat(2_000), entry).length };
    expect(String(encodeJson([nested, 'x'.repeat(900)], bounded))).toHaveLength(909);
    expect(() => encodeJson([nested, 'x'.repeat(1_000)], bounded)).toThrow(tooLarge);
  });
});

describe('raw text', () => {
  it('refuses text that UTF-8 would change, and values that are no text', () => {
    expect(() => encodeText('\uDC00', entry)).toThrow(expect.objectContaining({ code: 'SERIALIZATION' }));
    expect(() => encodeText(5 as unknown as string, entry)).toThrow('not number');
  });

  it('refuses to read bytes that are no text as JSON', () => {
    const quoted = Uint8Array.of(0x22, 0xff, 0x22);
    expect(() => decodeJson(quoted, entry)).toThrow(expect.objectContaining({ code: 'SERIALIZATION' }));
  });
});
