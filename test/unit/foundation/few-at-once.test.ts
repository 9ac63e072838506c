import { describe, expect, it } from '@jest/globals';
import { fewAtOnce } from '../../../src/foundation/few-at-once.js';

describe('fewAtOnce', () => {
  it('works on each item once, on no more than sixteen at a time', async () => {
    const items = Array.from({ length: 100 }, (_, index) => `item ${index}`);
    const done: string[] = [];
    let [underWay, most] = [0, 0];
    await fewAtOnce(items, async (item, index) => {
      most = Math.max(most, (underWay += 1));
      await new Promise(setImmediate);
      underWay -= 1;
      done[index] = item;
    });
    expect([most, done]).toEqual([16, items]);
    await fewAtOnce([], async () => undefined);
  });

  it('begins nothing after a failure, and rejects when what was begun has ended', async () => {
    let [begun, ended] = [0, 0];
    const failing = fewAtOnce(Array(100).fill('item'), async () => {
      begun += 1;
      const isBad = begun === 3;
      if (isBad) throw new Error('disk on fire');
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended += 1;
    });
    await expect(failing).rejects.toThrow('disk on fire');
    expect([begun, ended]).toEqual([16, 15]);
  });
});
