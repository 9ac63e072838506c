import { describe, expect, it } from '@jest/globals';
import { parseSecretInputs } from '../../../src/cli/read-secret-input.js';

const names = ['PASSWORD', 'USER'];
const values = { PASSWORD: 'p=1 "q"', USER: 'anna' };

describe('the values of several secrets on standard input', () => {
  it('are a JSON object or lines NAME=value', () => {
    expect(parseSecretInputs(names, JSON.stringify(values))).toEqual(values);
    expect(parseSecretInputs(names, `# two of them\nUSER=anna\nPASSWORD='p=1 "q"'\n`)).toEqual(values);
  });

  it('may begin with the mark that programs of Windows write first', () => {
    for (const text of [JSON.stringify(values), `PASSWORD='p=1 "q"'\r\nUSER=anna\r\n`])
      expect(parseSecretInputs(names, `\uFEFF${text}`)).toEqual(values);
  });

  it.each([
    ['a missing one', '{"USER":"anna"}', /has no value of PASSWORD/],
    [
      'more than was asked for',
      '{"USER":"a","PASSWORD":"b","hidden-value":"c"}',
      /has 1 values that were not asked for/,
    ],
    ['one that is no text', '{"USER":1,"PASSWORD":"b"}', /the value of USER must be text/],
    ['an empty one', 'USER=\nPASSWORD=b', /the value of USER must be text, and not empty/],
    ['broken JSON', '{"USER":"hidden-value"', /begins as JSON and is none/],
    ['nothing', '', /has no value of PASSWORD, USER/],
  ])('are refused with %s, and not repeated', (_what, text, message) => {
    expect(() => parseSecretInputs(names, text)).toThrow(message);
    expect(() => parseSecretInputs(names, text)).not.toThrow(/hidden-value/);
  });
});
