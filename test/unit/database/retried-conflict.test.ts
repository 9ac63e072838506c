import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from '../../../src/database/index.js';
import { isConflict } from '../../../src/database/retried-conflict.js';

const failed = (driverCode: string) => new DatabaseError('QUERY', 'failed', { details: { driverCode } });

describe('a conflict between transactions', () => {
  it.each([
    ['of SQLite', Object.assign(new Error('locked'), { code: 'SQLITE_BUSY_SNAPSHOT' })],
    ['of SQLite, after its wait', failed('SQLITE_BUSY')],
    ['of PostgreSQL, a serialization failure', failed('40001')],
    ['of PostgreSQL, a deadlock', failed('40P01')],
    ['of MySQL', failed('ER_LOCK_DEADLOCK')],
    ["in TypeORM's wrapper", Object.assign(new Error('query failed'), { driverError: { errno: 1213 } })],
    ['as the cause', new DatabaseError('TRANSACTION', 'a part failed', { cause: failed('40001') })],
  ])('is told %s', (_where, error) => expect(isConflict(error)).toBe(true));

  it.each([
    ['a constraint', failed('SQLITE_CONSTRAINT_UNIQUE')],
    ['what may have been kept', new DatabaseError('OUTCOME_UNKNOWN', 'lost', { cause: failed('40001') })],
    ['no error', undefined],
  ])('is not %s', (_what, error) => expect(isConflict(error)).toBe(false));
});
