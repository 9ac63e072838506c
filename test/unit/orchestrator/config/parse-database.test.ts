import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';

const parse = (main: object) =>
  parseConfig({ modules: { a: { command: 'x' } }, databases: { main } }, '/app').databases.get('main');

describe('a database of a configuration', () => {
  it('may name the secret that holds its password', () => {
    expect(parse({ url: 'postgres://app@host/db', password: { secret: 'DB_PASSWORD' } })).toMatchObject({
      url: 'postgres://app@host/db',
      passwordSecret: 'DB_PASSWORD',
    });
    expect(parse({ url: 'postgres://app@host/db' })).toMatchObject({ passwordSecret: undefined });
  });

  it.each([
    ['sqlite:./app.db', 8],
    ['postgres://app@host/db', 10],
  ])('%s has its own default of connections', (url, max) => {
    expect(parse({ url })?.pool.max).toBe(max);
  });

  it.each([
    [
      'is one',
      { url: 'postgres://app@host/db', password: 'hunter2' },
      'must name a secret, such as { secret: DB_PASSWORD }: passwords do not stand in a configuration',
    ],
    [
      'stands in the URL, too',
      { url: 'postgres://app:hunter2@host/db', password: { secret: 'P' } },
      'stands in the URL, too: take it out there',
    ],
    ['is of a file', { url: 'sqlite:./app.db', password: { secret: 'P' } }, 'is only for a server: leave it out'],
  ])('is refused when its password %s, which no message repeats', (_what, main, message) => {
    let problem = '';
    try {
      parse(main);
    } catch (error) {
      problem = String(error);
    }
    expect(problem).toContain(`databases.main.password: ${message}`);
    expect(problem).not.toContain('hunter2');
  });
});
