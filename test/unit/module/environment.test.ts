import { describe, expect, it } from '@jest/globals';
import { detectEnvironment, type EnvironmentFacts } from '../../../src/module/environment.js';

const off = { stdinIsTerminal: false };

describe('which world a module boots in', () => {
  const rows: [string, EnvironmentFacts, string][] = [
    [
      'the option direct wins over everything',
      { ...off, option: 'direct', PYWATT_ENVIRONMENT: 'proxied', PYWATT_MODULE_ID: 'm' },
      'direct',
    ],
    ['the option proxied wins over everything', { ...off, option: 'proxied', PYWATT_ENVIRONMENT: 'direct' }, 'proxied'],
    [
      'PYWATT_ENVIRONMENT=direct forces direct',
      { ...off, PYWATT_ENVIRONMENT: 'direct', PYWATT_MODULE_ID: 'm' },
      'direct',
    ],
    ['PYWATT_ENVIRONMENT=proxied forces proxied', { ...off, PYWATT_ENVIRONMENT: 'proxied' }, 'proxied'],
    [
      'the option auto leaves it to PYWATT_ENVIRONMENT',
      { ...off, option: 'auto', PYWATT_ENVIRONMENT: 'proxied' },
      'proxied',
    ],
    ['the option auto without it is direct', { ...off, option: 'auto' }, 'direct'],
    ['the option auto with a module id is proxied', { ...off, option: 'auto', PYWATT_MODULE_ID: 'm' }, 'proxied'],
    [
      'PYWATT_ENVIRONMENT=auto with a module id is proxied',
      { ...off, PYWATT_ENVIRONMENT: 'auto', PYWATT_MODULE_ID: 'm' },
      'proxied',
    ],
    ['auto without a module id is direct', { ...off, PYWATT_ENVIRONMENT: 'auto' }, 'direct'],
    ['nothing at all is direct, also at a terminal', { stdinIsTerminal: true }, 'direct'],
    ['an empty module id is none', { ...off, PYWATT_MODULE_ID: '' }, 'direct'],
    ['a module id makes it proxied', { ...off, PYWATT_MODULE_ID: 'orders' }, 'proxied'],
  ];
  it.each(rows)('%s', (_title, facts, environment) => {
    expect(detectEnvironment(facts)).toMatchObject({ environment, why: expect.stringMatching(/./) });
  });

  it('is an error, never direct, when a module id is set and standard input is a terminal', () => {
    expect(() => detectEnvironment({ PYWATT_MODULE_ID: 'orders', stdinIsTerminal: true })).toThrow(
      expect.objectContaining({ code: 'INIT_TIMEOUT', message: expect.stringContaining('pywatt run') }),
    );
  });

  it('is an error for a word that is none of the three', () => {
    expect(() => detectEnvironment({ ...off, PYWATT_ENVIRONMENT: 'production' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
