import { describe, expect, it } from '@jest/globals';
import { parseJson } from '../../../../src/wire/json/parse-json.js';
import { sizedJson, writeJson } from '../../../../src/wire/json/write-json.js';

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

describe('writing JSON', () => {
  it('writes bigint as a bare number, and all beside it as JSON.stringify does', () => {
    const rest = { text: 'a"\n', none: null, left: undefined, list: [1.5, undefined, true], date: new Date(0) };
    expect(writeJson({ least: -(2n ** 63n), most: [2n ** 64n - 1n], rest })).toBe(
      `{"least":-9223372036854775808,"most":[18446744073709551615],"rest":${JSON.stringify(rest)}}`,
    );
  });

  it('writes every text as JSON.stringify does but for half surrogate pairs, and tells its size', () => {
    const expectWritten = (text: string) => {
      const { text: json, extraBytes } = sizedJson(text);
      const isSame = json === JSON.stringify(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
      if (!isSame || Buffer.byteLength(json) !== json.length + extraBytes) throw new Error(`not so with ${json}`);
    };
    for (let code = 0; code <= 0xffff; code += 1) expectWritten(`a${String.fromCharCode(code)}b`);
    for (const text of ['', 'a', '\u{1f600}', 'x'.repeat(100_000), `${'é'.repeat(100_000)}"`]) expectWritten(text);
    expect(sizedJson(['é'])).toEqual({ text: '["é"]', extraBytes: 1 });
    expect(sizedJson(undefined)).toEqual({ text: 'null', extraBytes: 0 });
  });

  it('writes a number beyond 2^53 as the float it is, so that no reader takes it for an exact integer', () => {
    expect(writeJson([2 ** 60, 2 ** 53, 1e21, -(2 ** 60), 2 ** 53 - 1])).toBe(
      '[1152921504606847000.0,9007199254740992.0,1e+21,-1152921504606847000.0,9007199254740991]',
    );
    expect(parseJson(writeJson([2 ** 60]), 'fast').value).toEqual([2 ** 60]);
  });

  it('refuses what nests deeper than any peer reads, a cycle too', () => {
    expect(writeJson(deep(127))).toHaveLength(255);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [deep(128), [1n, deep(127)], cycle])
      expect(() => writeJson(value)).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
  });
});
