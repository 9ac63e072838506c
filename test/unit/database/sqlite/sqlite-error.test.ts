import { describe, expect, it } from '@jest/globals';
import { isBusy, openError, queryError, SqliteError } from '../../../../src/database/sqlite/sqlite-error.js';

describe('an error of SQLite', () => {
  it('says which package to install when the driver is missing', () => {
    const error = openError(
      { name: 'Error', message: "Cannot find package 'better-sqlite3'", code: 'ERR_MODULE_NOT_FOUND' },
      'main',
      './x.db',
    );
    expect(error.code).toBe('CONFIGURATION');
    expect(error.message).toMatch(/npm install better-sqlite3/);
  });

  it('names the path when the file cannot be opened', () => {
    const error = openError(
      { name: 'SqliteError', message: 'unable to open database file', code: 'SQLITE_CANTOPEN' },
      'main',
      './x.db',
    );
    expect(error).toMatchObject({ code: 'CONNECTION', details: { path: './x.db', driverCode: 'SQLITE_CANTOPEN' } });
    expect(error.message).toContain('./x.db');
  });

  it('keeps the name and code of the driver', () => {
    const error = new SqliteError({ name: 'RangeError', message: 'Too few' });
    expect(error).toMatchObject({ name: 'RangeError', message: 'Too few' });
    // TypeORM would copy it.
    expect(error).not.toHaveProperty('code');
    expect(queryError(new SqliteError({ name: 'RangeError', message: 'Too few' }), 'main')).toMatchObject({
      code: 'QUERY',
      details: {},
    });
  });

  it.each([
    ['SQLITE_BUSY', true, true],
    ['SQLITE_BUSY_RECOVERY', true, true],
    ['SQLITE_BUSY_SNAPSHOT', false, true],
    ['SQLITE_LOCKED', false, true],
    ['SQLITE_CONSTRAINT_UNIQUE', false, false],
  ])('%s is waited for: %p, and may be tried again: %p', (code, waited, retryable) => {
    const failure = { name: 'SqliteError', message: 'x', code };
    expect(isBusy(failure)).toBe(waited);
    expect(queryError(new SqliteError(failure), 'main').retryable).toBe(retryable);
  });
});
