import { describe, expect, it } from '@jest/globals';
import { decoratorProblems } from '../../../src/container/index.js';
import { checkSecretName, nameMistake, Secret } from '../../../src/secrets/index.js';

describe('nameMistake', () => {
  it.each(['A', 'stripe-key', 'db.password', 'A_1', 'tls.key', '0', 'x'.repeat(200)])('accepts %s', (name) => {
    expect(nameMistake(name)).toBeUndefined();
  });

  it.each([
    ['', 'is empty'],
    ['a/b', '"a/b" cannot be used'],
    ['..', '".." cannot be used'],
    ['a..b', "no '..'"],
    ['.a', 'no leading'],
    ['a b', 'use letters, digits'],
    ['ä', 'use letters, digits'],
    ['a\nb', String.raw`"a\nb" cannot be used`],
    ['y'.repeat(201), "of 201 characters ('yyyyyyyyyyyyyyyyyyyy…') is too long: at most 200"],
  ])('refuses %j', (name, message) => {
    expect(nameMistake(name)).toContain(message);
    expect(() => checkSecretName(name)).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });

  it('is a mistake of the decorator before anything is read', () => {
    class Reader {
      constructor(@Secret('../etc/passwd') readonly secret: unknown) {}
    }
    expect(decoratorProblems.of(Reader).map(({ message }) => message)).toEqual([
      expect.stringContaining('@Secret has a name that cannot be used: secret name "../etc/passwd"'),
    ]);
  });
});
