import { expect, test } from '@jest/globals';
import { PassingMap } from '../../../src/wire/passing-map.js';

test('a map that thousands pass through holds what stays, in its order, and nothing else', () => {
  const map = new PassingMap<string, number>();
  map.set('first', -1);
  map.set('second', -2);
  for (let n = 0; n < 5_000; n += 1) {
    map.set(String(n), n);
    if (n < 10) continue;
    expect(map.get(String(n - 10))).toBe(n - 10);
    map.delete(String(n - 10));
  }
  const late = Array.from({ length: 10 }, (_, index): [string, number] => [String(4_990 + index), 4_990 + index]);
  expect(map.entries()).toEqual([['first', -1], ['second', -2], ...late]);
  expect(map.size).toBe(12);
  expect(map.has('first')).toBe(true);
  expect(map.has('4')).toBe(false);
  expect(map.get('4')).toBeUndefined();
});

test('entries are those of that moment', () => {
  const map = new PassingMap<string, number>();
  for (let n = 0; n < 3_000; n += 1) map.set(String(n), n);
  let seen = 0;
  for (const [key] of map.entries()) {
    seen += 1;
    map.delete(key);
    map.set(`again ${key}`, 0);
  }
  expect(seen).toBe(3_000);
  expect(map.size).toBe(3_000);
});

test('what is deleted twice counts once, and what was never there not at all', () => {
  const map = new PassingMap<string, number>();
  map.set('a', 1);
  for (let n = 0; n < 2_000; n += 1) map.delete('b');
  expect(map.entries()).toEqual([['a', 1]]);
});
