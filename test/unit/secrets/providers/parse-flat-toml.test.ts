import { describe, expect, it } from '@jest/globals';
import { parseFlatToml } from '../../../../src/secrets/providers/parse-flat-toml.js';

describe('parseFlatToml', () => {
  it('reads names and strings, with comments, quotes and escapes', () => {
    const text = String.raw`# secrets
A = "one"
b-2 = 'lit\eral' # a comment

"C.d" = "tab\t quote\" slash\\ hash# \u00e9 \U0001F600"
`;
    expect(parseFlatToml(text)).toEqual({
      A: 'one',
      'b-2': String.raw`lit\eral`,
      'C.d': 'tab\t quote" slash\\ hash# é 😀',
    });
  });

  it.each([
    ['A = 5', 'line 1 is not NAME = "value"'],
    ['[table]\nA = "x"', 'line 1 is not'],
    ['A = "x"\nA = "y"', 'line 2 names a secret a second time'],
    ['A = "sesame', 'line 1 is not'],
    [String.raw`A = "\q"`, 'line 1 has an escape'],
  ])('refuses %j, naming the line and not what stands there', (text, message) => {
    expect(() => parseFlatToml(text)).toThrow(message);
    expect(() => parseFlatToml(text)).not.toThrow('sesame');
  });
});
