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

  it('names another engine without repeating the rest of the URL', () => {
    expect(() => sqlitePathOf('oracle://user:hush@host/x', 'main')).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION',
        message:
          "database 'main': there is no engine for oracle: URLs; write sqlite:./file.db, pglite:./directory, postgres://… or mysql://…",
      }),
    );
  });

  it.each(['redis://x', 'data.db', './data.db', '', 'sqlite:', 'sqlite::shared:'])(
    '%p is refused, saying what to write',
    (url) => {
      expect(() => sqlitePathOf(url, 'main')).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringMatching(/sqlite:\.\/file\.db/) }),
      );
    },
  );
});
