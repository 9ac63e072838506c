import { describe, expect, it } from '@jest/globals';
import { sqlitePathOf } from '../../../../src/database/sqlite/sqlite-url.js';

describe('the URL of a SQLite database', () => {
  it.each([
    ['sqlite:./data.db', './data.db'],
    ['sqlite:data/x.db', 'data/x.db'],
    ['sqlite:/var/lib/x.db', '/var/lib/x.db'],
    ['sqlite:///var/lib/x.db', '/var/lib/x.db'],
    ['SQLite::memory:', ':memory:'],
    ['sqlite::memory:', ':memory:'],
  ])('%s names %s', (url, path) => {
    expect(sqlitePathOf(url, 'main')).toBe(path);
  });

  it.each(['postgres://user:hush@host/x', 'postgresql://hush', 'mysql://hush', 'mariadb://hush', 'pglite:./hush'])(
    '%s comes with a later version, and is not repeated',
    (url) => {
      expect(() => sqlitePathOf(url, 'main')).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringMatching(/later version/) }),
      );
      expect(() => sqlitePathOf(url, 'main')).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hush') }),
      );
    },
  );

  it.each(['redis://x', 'data.db', './data.db', '', 'sqlite:', 'sqlite::shared:'])(
    '%p is refused, saying what to write',
    (url) => {
      expect(() => sqlitePathOf(url, 'main')).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringMatching(/sqlite:\.\/file\.db/) }),
      );
    },
  );
});
