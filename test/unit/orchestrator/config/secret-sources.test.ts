import { describe, expect, it } from '@jest/globals';
import type { ConfigProblem } from '../../../../src/orchestrator/config/config-problem.js';
import { parseSecretGrants } from '../../../../src/orchestrator/config/secret-entries.js';
import { parseSecretSources } from '../../../../src/orchestrator/config/secret-sources.js';

function parsed(section: unknown, env: NodeJS.ProcessEnv = {}) {
  const problems: ConfigProblem[] = [];
  const sources = parseSecretSources(section, '/app', false, problems, env);
  return { sources, problems: problems.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

describe('parseSecretSources', () => {
  it('reads every kind of source, short or with its options', () => {
    const { sources, problems } = parsed(
      [
        { file: './secrets' },
        { file: { path: '/run/secrets', poll: '1s' } },
        { file: '$CREDENTIALS_DIRECTORY' },
        { env: 'APP_' },
        { dotenv: './.env' },
        { store: { path: './s.age', keyFile: './age.key', keep: 3, poll: '2s' } },
        { store: { path: './s.age', passphraseFile: './pass' } },
        { store: { path: './s.age', passphraseFd: 3 } },
        { store: './s.age' },
      ],
      { CREDENTIALS_DIRECTORY: '/run/credentials/app' },
    );
    expect(problems).toEqual([]);
    expect(sources).toEqual([
      { kind: 'file', directory: '/app/secrets' },
      { kind: 'file', directory: '/run/secrets', pollMs: 1000 },
      { kind: 'file', directory: '/run/credentials/app' },
      { kind: 'env', prefix: 'APP_' },
      { kind: 'dotenv', path: '/app/.env' },
      { kind: 'store', path: '/app/s.age', unlock: { by: 'key', file: '/app/age.key' }, keep: 3, pollMs: 2000 },
      { kind: 'store', path: '/app/s.age', unlock: { by: 'passphrase', file: '/app/pass' } },
      { kind: 'store', path: '/app/s.age', unlock: { by: 'passphrase', fd: 3 } },
      { kind: 'store', path: '/app/s.age', unlock: { by: 'prompt' } },
    ]);
  });

  it.each([
    [{ file: { poll: '1s' } }, 'secrets.0.file.path: is missing'],
    [{ file: 7 }, 'secrets.0.file: must be text that is not empty'],
    [{ file: { path: 'x', pol: '1s' } }, "secrets.0.file.pol: is not a key here (did you mean 'poll'?)"],
    [{ file: '$CREDENTIALS_DIRECTORY' }, 'secrets.0.file: names the variable CREDENTIALS_DIRECTORY, which is not set'],
    [{ store: { path: 'x', passphraseFd: 1 } }, 'secrets.0.store.passphraseFd: must be the number of an open file'],
    [{ store: { path: 'x', keyFile: 'k', passphraseFile: 'p' } }, 'secrets.0.store: must have at most one of keyFile'],
    [{ store: { path: 'x', passphrase: 'hunter2' } }, 'secrets.0.store.passphrase: is not a key here'],
    [{ file: 'x', store: 'y' }, 'secrets.0: must have exactly one of the keys file, env, dotenv, store, memory'],
    [{ vault: 'x' }, 'secrets.0.vault: is not a key here'],
  ])('says what is wrong with %j', (source, message) => {
    const { problems } = parsed([source]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
    expect(problems[0]).not.toContain('hunter2');
  });

  it('refuses a dotenv file in production unless it says so', () => {
    const production = { NODE_ENV: 'production' };
    expect(parsed([{ dotenv: '.env' }], production).problems).toEqual([
      expect.stringContaining('secrets.0.dotenv: is for development, and NODE_ENV is production'),
    ]);
    expect(parsed([{ dotenv: { path: '.env', production: true } }], production).problems).toEqual([]);
  });
});

describe('parseSecretGrants', () => {
  it('reads names, and what may be written', () => {
    const grants = parseSecretGrants(['A', { name: 'B', access: 'write' }, { name: 'C' }]);
    expect([...grants]).toEqual([
      ['A', 'read'],
      ['B', 'write'],
      ['C', 'read'],
    ]);
  });

  it.each([
    ['A', 'must be a list of names'],
    [[7], 'or of { name: TOKEN, access: write }'],
    [[{ name: 'A', acces: 'write' }], 'or of { name: TOKEN, access: write }'],
    [[{ name: 'A', access: 'all' }], `access of 'A' must be read or write, not "all"`],
    [['A', { name: 'A', access: 'write' }], "lists 'A' twice"],
    [['../A'], 'secret name "../A" cannot be used'],
    [[''], 'the name of a secret is empty'],
    [['x'.repeat(300)], 'too long'],
  ])('refuses %j', (value, message) => {
    expect(() => parseSecretGrants(value)).toThrow(message);
  });
});
