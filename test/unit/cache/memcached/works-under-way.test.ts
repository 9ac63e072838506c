import { describe, expect, it } from '@jest/globals';
import { WorksUnderWay } from '../../../../src/cache/memcached/works-under-way.js';

describe('works under way', () => {
  it('have ended when the last of them has, and at once where there are none', async () => {
    const works = new WorksUnderWay();
    await works.ended(1e9);
    works.begin();
    works.begin();
    expect(works.count).toBe(2);
    const order: string[] = [];
    const waits = [works.ended(1e9), works.ended(1e9)].map((wait) => wait.then(() => order.push('ended')));
    works.end();
    await new Promise(setImmediate);
    order.push('one has');
    works.end();
    await Promise.all(waits);
    expect(order).toEqual(['one has', 'ended', 'ended']);
    works.begin();
    await works.ended(1);
    expect(works.count).toBe(1);
  });
});
