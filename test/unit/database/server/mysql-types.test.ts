import { describe, expect, it } from '@jest/globals';
import { mysqlTypeCast } from '../../../../src/database/server/mysql-types.js';

describe('a JSON column of MySQL', () => {
  it('is read as UTF-8, which mysql2 warns about when it is not said', () => {
    const bytes = Buffer.from('{"text":"žluťoučký"}');
    const field = {
      type: 'JSON',
      string: (encoding?: string) => bytes.toString(encoding === 'utf8' ? 'utf8' : 'latin1'),
      buffer: () => bytes,
    };
    expect(mysqlTypeCast(field, () => undefined)).toEqual({ text: 'žluťoučký' });
  });
});
