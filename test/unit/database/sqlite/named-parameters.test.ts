import { expect, it } from '@jest/globals';
import { boundByPlace } from '../../../../src/database/sqlite/named-parameters.js';

it.each([
  ['SELECT :a, @b, $c, :a', [{ a: 1, b: 'x', c: null }], 'SELECT ?, ?, ?, ?', [1, 'x', null, 1]],
  ['SELECT ?, :a, ?', [1, { a: 2 }, 3], 'SELECT ?, ?, ?', [1, 2, 3]],
  ['SELECT :a, ?', [1, 2, { a: 3 }], 'SELECT ?, ?', [3, 1, 2]],
  [
    `SELECT ':a', "@b", [$c], \`:d\`, x$a, j ->> '$.a' /* :e */ FROM t WHERE a = :a -- :f`,
    [{ a: 5 }],
    `SELECT ':a', "@b", [$c], \`:d\`, x$a, j ->> '$.a' /* :e */ FROM t WHERE a = ? -- :f`,
    [5],
  ],
])('gives %s its values by place', (sql, params, text, ordered) => {
  expect(boundByPlace(sql, params)).toEqual({ sql: text, params: ordered });
});

it.each([
  ['SELECT ?', [{ a: 1 }]],
  ["SELECT ':a', ?", [{ a: 1 }]],
  ['SELECT :a', [1]],
  ['SELECT :a', [new Date(0), [1], Buffer.from('a'), null]],
])('leaves %s as it is', (sql, params) => {
  expect(boundByPlace(sql, params)).toEqual({ sql, params });
});

it('fails as the driver does for a name that has no value', () => {
  const error = { name: 'RangeError', message: 'Missing named parameter "toString"' };
  expect(() => boundByPlace('SELECT :toString', [{ a: 1 }])).toThrow(expect.objectContaining(error));
});
