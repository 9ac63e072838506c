import { describe, expect, it } from '@jest/globals';
import { databaseCalls } from '../../../src/database/database-calls.js';

describe('the result of an execute', () => {
  const { result } = databaseCalls.execute;

  it('is how many rows were affected', () => {
    expect([0, 3].map((json) => result.decode(json))).toEqual([0, 3]);
  });

  it.each([-1, 1.5, '3', true, null, 2n ** 63n, {}])('is not %p', (json) => {
    expect(() => result.decode(json)).toThrow(
      expect.objectContaining({ code: 'SERIALIZATION', message: expect.stringContaining('is not an integer from 0') }),
    );
  });
});
