import { describe, expect, it } from '@jest/globals';
import { readExactJson } from '../../../../src/wire/json/exact-json.js';

const read = (text: string) => readExactJson(text).value;
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('reading JSON exactly', () => {
  it.each([
    '0',
    '-1',
    '10',
    '999999999999999',
    '123456.5',
    '-0.5e-3',
    '1E5',
    'true',
    'false',
    'null',
    '""',
    '"a\\"b\\\\c\\/\\u00e9\\n"',
    '"\\ud83d\\ude00"',
    '"\u007f\u2028 raw"',
    '[]',
    '{}',
    '[1,[2,{"a":[]}],"x"]',
    ' \t\r\n{ "a" : 1 , "b" : [ ] } \n',
    '{"":1,"a":{"":2}}',
  ])('agrees with JSON.parse on %s', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each<[string, number | bigint]>([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740992', 9_007_199_254_740_992n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['-9007199254740993', -9_007_199_254_740_993n],
    ['9223372036854775807', 9_223_372_036_854_775_807n],
    ['-9223372036854775808', -9_223_372_036_854_775_808n],
    ['18446744073709551615', 18_446_744_073_709_551_615n],
    ['18446744073709551616', 18_446_744_073_709_551_616],
    ['-9223372036854775809', -(2 ** 63)],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    ['-0', -0],
  ])('reads %s without loss up to 64 bits', (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each([
    ['nothing', ''],
    ['a byte order mark', '\ufeff{}'],
    ['two values', '{}{}'],
    ['a comment', '{} // x'],
    ['a comma too many', '[1,]'],
    ['a comma too many in an object', '{"a":1,}'],
    ['a key without quotes', '{a:1}'],
    ['a key without a value', '{"a"}'],
    ['an object that does not end', '{"a":1'],
    ['a string that does not end', '"a'],
    ['a string that ends in a backslash', '"a\\'],
    ['a control character', '"a\tb"'],
    ['a control character beside an escape', '"a\\n\tb"'],
    ['a wrong escape', '"\\x"'],
    ['half an escape', '"\\u00"'],
    ['half a surrogate pair', '"\\ud800"'],
    ['the other half', '"\\udc00x"'],
    ['two first halves', '"\\ud800\\ud800"'],
    ['a leading zero', '01'],
    ['a leading zero in a negative number', '-01'],
    ['a plus', '+1'],
    ['a point without digits', '1.'],
    ['digits without a point before', '.5'],
    ['an exponent without digits', '1e'],
    ['a lone minus', '-'],
    ['a number out of range', '1e400'],
    ['an integer out of range', '1'.padEnd(400, '0')],
    ['NaN', 'NaN'],
    ['Infinity', '-Infinity'],
    ['half a word', 'tru'],
    ['a word and more', 'nullx'],
    ['no-break space', '\u00a01'],
    ['a level too many', nested(128)],
  ])('refuses %s', (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
  });

  it('takes 127 levels', () => {
    expect(read(nested(127))).toEqual(JSON.parse(nested(127)));
  });

  it('never repeats what it read in its errors', () => {
    for (const text of ['{"password":"hunter2"', '"hunter2\t"', '{"hunter2" 1}', 'hunter2'])
      expect(() => read(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
  });

  it('tells which keys came twice; the last one counts', () => {
    const { value, facts } = readExactJson('{"a":1,"b":{"c":1,"c":2},"a":null,"a":3}');
    const object = value as { a: number; b: object };
    expect(object).toEqual({ a: 3, b: { c: 2 } });
    expect([facts.replaced(object, 'a'), facts.replaced(object, 'b')]).toEqual([[1, null], []]);
    expect([facts.isRepeated(object, 'a'), facts.isRepeated(object, 'b'), facts.isRepeated(object.b, 'c')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('tells which numbers were written as floats', () => {
    const { value, facts } = readExactJson('[1,1.0,1e2,-0,18446744073709551616,0]');
    const isFloat = (value as unknown[]).map((_, index) => facts.isFloat(value as object, index));
    expect(isFloat).toEqual([false, true, true, true, true, false]);
  });

  it('takes __proto__ as a key like any other', () => {
    const value = read('{"__proto__":{"polluted":1},"toString":2}') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['__proto__', 'toString']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
