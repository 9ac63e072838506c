import { describe, expect, it } from '@jest/globals';
import { DatabaseError, DatabaseRow } from '../../../src/database/index.js';

const row = new DatabaseRow({
  s: 'hush',
  i: 5,
  big: 2n ** 62n,
  f: 0.5,
  yes: 1,
  no: 0,
  t: true,
  b: Buffer.from([1]),
  d: '2025-03-14 02:33:33.906',
  n: null,
});

function failure(read: () => unknown): DatabaseError {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseError);
    return error as DatabaseError;
  }
  throw new Error('it did not throw');
}

describe('a database row', () => {
  it('gives each column as the type that is asked for', () => {
    expect(row.getString('s')).toBe('hush');
    expect(row.getInteger('i')).toBe(5);
    expect(row.getBigInt('big')).toBe(2n ** 62n);
    expect(row.getBigInt('i')).toBe(5n);
    expect(row.getFloat('f')).toBe(0.5);
    expect(row.getFloat('i')).toBe(5);
    expect([row.getBoolean('yes'), row.getBoolean('no'), row.getBoolean('t')]).toEqual([true, false, true]);
    expect([...row.getBytes('b')]).toEqual([1]);
    expect(row.toObject()).toMatchObject({ s: 'hush', i: 5 });
    expect(row.columns).toContain('big');
  });

  it.each([
    ['2025-03-14 02:33:33.906', '2025-03-14T02:33:33.906Z'],
    ['2025-03-14T02:33', '2025-03-14T02:33:00.000Z'],
    ['2025-03-14', '2025-03-14T00:00:00.000Z'],
    ['2025-03-14 02:33:33+02:00', '2025-03-14T00:33:33.000Z'],
    ['2025-03-14T02:33:33Z', '2025-03-14T02:33:33.000Z'],
  ])('reads %s as a date, as UTC unless it names a zone', (text, iso) => {
    expect(new DatabaseRow({ d: text }).getDate('d').toISOString()).toBe(iso);
  });

  it.each(['yesterday', '2025-99-99', '14.03.2025', ''])('does not take %p for a date', (text) => {
    expect(failure(() => new DatabaseRow({ d: text }).getDate('d')).code).toBe('SERIALIZATION');
  });

  it('gives null for NULL and for a missing column only when it is asked to try', () => {
    for (const column of ['n', 'missing']) {
      expect(row.tryGetString(column)).toBeNull();
      expect(row.tryGetInteger(column)).toBeNull();
      expect(row.tryGetBigInt(column)).toBeNull();
      expect(row.tryGetFloat(column)).toBeNull();
      expect(row.tryGetBoolean(column)).toBeNull();
      expect(row.tryGetBytes(column)).toBeNull();
      expect(row.tryGetDate(column)).toBeNull();
      expect(failure(() => row.getInteger(column))).toMatchObject({ code: 'SERIALIZATION', details: { column } });
    }
    expect(failure(() => row.getString('n')).message).toMatch(/'n' is NULL/);
    expect(failure(() => row.getString('missing')).message).toMatch(/'missing' is not in the row, which has s, i/);
  });

  it('refuses a column of another type, naming the column and not its value', () => {
    const attempts: (() => unknown)[] = [
      () => row.getString('i'),
      () => row.getInteger('s'),
      () => row.getInteger('f'),
      () => row.getInteger('big'),
      () => row.getFloat('s'),
      () => row.getBoolean('i'),
      () => row.getBytes('s'),
      () => row.getDate('i'),
      () => row.tryGetString('i'),
      () => row.getString('toString'),
    ];
    for (const attempt of attempts) expect(failure(attempt).code).toBe('SERIALIZATION');
    expect(failure(() => row.getInteger('big')).message).toMatch(/'big' holds an integer beyond 2\^53 - 1/);
    expect(failure(() => row.getInteger('s')).message).not.toContain('hush');
  });
});
