import { describe, expect, it } from '@jest/globals';
import { DatabaseError, databaseErrorFrom, rebuildDatabaseError } from '../../../src/database/index.js';
import { BootError, PyWattError } from '../../../src/foundation/index.js';

describe('a database error', () => {
  it('is the same on the other side of the wire', () => {
    const error = new DatabaseError('TIMEOUT', 'too slow', { retryable: true, details: { timeoutMs: 5 } });
    const rebuilt = rebuildDatabaseError(JSON.parse(JSON.stringify(error)) as DatabaseError);
    expect(rebuilt).toBeInstanceOf(DatabaseError);
    expect(rebuilt.toJSON()).toEqual(error.toJSON());
  });

  it('of a later version becomes QUERY and keeps its code', () => {
    expect(rebuildDatabaseError({ code: 'NEWER', message: 'x' })).toMatchObject({
      code: 'QUERY',
      details: { peerCode: 'NEWER' },
      retryable: false,
    });
  });

  it('is made of whatever a call failed with', () => {
    const mine = new DatabaseError('POOL', 'full');
    expect(databaseErrorFrom(mine, 'main')).toBe(mine);
    expect(databaseErrorFrom(new PyWattError('database', 'CLOSED', 'closed'), 'main')).toMatchObject({
      name: 'DatabaseError',
      code: 'CLOSED',
    });
    expect(databaseErrorFrom(new BootError('BOOT_TIMEOUT', 'late'), 'main')).toMatchObject({ code: 'QUERY' });
    expect(databaseErrorFrom('text', 'main')).toMatchObject({ code: 'QUERY', message: "database 'main': text" });
  });
});
