import { describe, expect, it } from '@jest/globals';
import { Distribution } from '../../../../src/orchestrator/metrics/distribution.js';

describe('Distribution', () => {
  it('counts a number under the first bound that is not below it, or above all', () => {
    const sizes = new Distribution([1, 10]);
    for (const value of [0, 1, 1.5, 10, 10.1, 1000]) sizes.observe(value);
    expect([...sizes.counts]).toEqual([2, 2, 2]);
    expect([sizes.count, sizes.sum]).toEqual([6, 1022.6]);
  });
});
