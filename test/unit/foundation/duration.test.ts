import { describe, expect, it } from '@jest/globals';
import { durationMs, PyWattError } from '../../../src/foundation/index.js';

describe('durationMs', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0ms', 0],
    [' 5s ', 5_000],
  ])('reads %j as %i milliseconds', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it('adds up the fields of an object', () => {
    expect(durationMs({ days: 1, hours: 1, minutes: 1, seconds: 1, milliseconds: 1 })).toBe(90_061_001);
    expect(durationMs({ seconds: 0.5 })).toBe(500);
  });

  it.each([
    '5',
    '-5s',
    '5 s',
    's',
    '',
    '1e3s',
    '5sec',
    'Infinitys',
    '5m30s',
    {},
    { seconds: -1 },
    Infinity as unknown as string,
    { seconds: Infinity },
    { weeks: 1 },
    null,
    5_000,
  ])('refuses %j and shows how to write one', (wrong) => {
    expect(() => durationMs(wrong as string, 'timeout of orders')).toThrow(
      expect.objectContaining({
        code: 'INVALID_VALUE',
        message: expect.stringMatching(/^timeout of orders .* is not a duration: write '250ms'/),
      }),
    );
  });

  it('refuses a field that is not a number', () => {
    expect(() => durationMs({ seconds: '5' } as object)).toThrow(PyWattError);
  });
});
