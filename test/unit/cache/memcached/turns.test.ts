import { describe, expect, it } from '@jest/globals';
import { Turns } from '../../../../src/cache/memcached/turns.js';
import { Deferred } from '../../../../src/foundation/index.js';

describe('Turns', () => {
  it('lets work on one key run one after another, in its order, past one that failed', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const gate = new Deferred<void>();
    const first = turns.take('key', async () => {
      await gate.promise;
      seen.push('first');
      throw new Error('failed');
    });
    const second = turns.take('key', async () => void seen.push('second'));
    const third = turns.take('key', async () => seen.push('third'));
    await turns.take('other', async () => void seen.push('other'));
    gate.resolve();
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(await third).toBe(4);
    expect(seen).toEqual(['other', 'first', 'second', 'third']);
    expect(await turns.take('key', async () => 'again')).toBe('again');
  });
});
