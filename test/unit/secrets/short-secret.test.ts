import { describe, expect, it } from '@jest/globals';
import { shortSecret } from '../../../src/secrets/index.js';
import { declared, setUpModule, setUpStore } from './secrets-set-up.js';

describe('short secrets', () => {
  it.each([
    ['abc', 'string', 'refused'],
    [' abc\n', 'string', 'refused'],
    ['5', 'string', 'refused'],
    ['abcd', 'string', 'warned'],
    ['abcdefg', 'string', 'warned'],
    ['abcdefgh', 'string', undefined],
    ['5', 'number', undefined],
    ['no', 'boolean', undefined],
    ['5m', 'duration', undefined],
    ['{}', 'json', undefined],
    ['abc', undefined, 'refused'],
    ['5', undefined, undefined],
    ['off', undefined, undefined],
    ['30s', undefined, undefined],
    ['[]', undefined, undefined],
  ] as const)('takes %p, read as %p, for %p', (value, form, outcome) => {
    expect(shortSecret(value, form)).toBe(outcome);
  });

  it('refuses the boot, naming each, with neither value nor length', async () => {
    const setUp = setUpStore({ PIN: 'xyz', CODE: 'q', LIMIT: '3', KEY: 'long-enough' });
    const booting = setUpModule(setUp, [
      declared('PIN'),
      declared('CODE'),
      declared('LIMIT', { as: 'number' }),
      declared('KEY'),
    ]);
    const error: unknown = await booting.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SECRETS_MISSING', details: { invalid: ['PIN', 'CODE'] } });
    expect(String(error)).toMatch(/secret 'PIN' is too short to be kept out of logs[^]*secret 'CODE' is too short/);
    expect(String(error)).not.toContain('xyz');
  });

  it('warns once of each that hides more than itself, by name', async () => {
    const setUp = setUpStore({ PIN: 'xyzzy', KEY: 'long-enough' });
    await setUpModule(setUp, [declared('PIN'), declared('KEY'), declared('PIN', { optional: true })]);
    const warnings = setUp.lines.filter((line) => line.includes('"level":"warn"'));
    expect(warnings).toEqual([expect.stringContaining('"name":"PIN"')]);
    expect(setUp.lines.join()).not.toContain('xyzzy');
  });
});
