import { describe, expect, it } from '@jest/globals';
import { NearDirectory } from '../../../../src/cache/near/near-directory.js';
import { leaseMs } from '../../../../src/cache/near/near-limits.js';

const limits = { maxBytes: 10_000, maxEntries: 10 };
const modules = new Map([['one', limits]]);

describe('NearDirectory', () => {
  it('answers a write only after every holder has confirmed it', async () => {
    const directory = new NearDirectory({ modules, mayOutlive: false });
    const holders = [directory.open(limits), directory.open(limits), directory.open(limits)];
    holders[0]!.lease('a');
    holders[1]!.lease('a');
    const steps: string[] = [];
    const write = directory.after(Promise.resolve('done'), ['a']).then((result) => steps.push(result));
    await new Promise(setImmediate);
    for (const [index, holder] of holders.slice(0, 2).entries()) {
      const { revision } = await holder.watch(0);
      steps.push(`confirms ${index}`);
      void holder.watch(revision);
    }
    await write;
    expect(steps).toEqual(['confirms 0', 'confirms 1', 'done']);
  });

  it('tells the holders of a write that failed, too, and fails with it at once', async () => {
    const directory = new NearDirectory({ modules, mayOutlive: false });
    const holder = directory.open(limits);
    holder.lease('a');
    await expect(directory.after(Promise.reject(new Error('lost')), ['a'])).rejects.toThrow('lost');
    expect((await holder.watch(0)).keys).toEqual(['a']);
    holder.release();
  });

  it('lets writes wait out the leases of an orchestrator before it, whose modules live on', async () => {
    const from = performance.now();
    const directory = new NearDirectory({ modules, mayOutlive: true });
    await directory.after(Promise.resolve(), ['a']);
    expect(performance.now() - from).toBeGreaterThanOrEqual(leaseMs);
  });
});
