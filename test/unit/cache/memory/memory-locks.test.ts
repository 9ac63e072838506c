import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryLocks } from '../../../../src/cache/memory/memory-locks.js';

describe('MemoryLocks', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('gives fences that grow, also over those of a process before', () => {
    jest.useFakeTimers();
    const fences: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const locks = new MemoryLocks(() => 0);
      for (const key of ['a', 'b']) fences.push(locks.take(key, 1_000)!.fence);
      jest.advanceTimersByTime(1);
    }
    expect(fences.toSorted((one, other) => one - other)).toEqual(fences);
    expect(new Set(fences).size).toBe(6);
  });

  it('drops those that have run out when there are many, and none that are held', () => {
    let now = 0;
    const locks = new MemoryLocks(() => now);
    const held = locks.take('held', 10_000)!;
    for (let index = 0; index < 3_000; index += 1) {
      now += 1;
      expect(locks.take(`key ${index}`, 5)).toBeDefined();
    }
    expect(locks.take('held', 1)).toBeUndefined();
    expect(locks.extend('key 10', 'another token', 1)).toBe(false);
    expect(locks.release('held', held.token)).toBe(true);
  });
});
