import { describe, expect, it } from '@jest/globals';
import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { Bulkhead } from '../../../src/foundation/bulkhead.js';
import { Deferred } from '../../../src/foundation/index.js';

const turn = () => new Promise(setImmediate);
const refusal = () => new Error('no room');

describe('Bulkhead', () => {
  it('runs so many works at once, lets so many wait, and refuses more', async () => {
    const places = new Bulkhead({ atOnce: 2, waiting: 1 });
    const gates = Array.from({ length: 3 }, () => new Deferred<number>());
    const begun: number[] = [];
    const runs = gates.map((gate, index) =>
      places.run(() => (begun.push(index), gate.promise), refusal).catch((error: unknown) => error),
    );
    await expect(places.run(() => Promise.resolve(), refusal)).rejects.toThrow('no room');
    expect(begun).toEqual([0, 1]);
    const failure = new Error('of the work');
    gates[0]!.reject(failure);
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve(7);
    expect(await Promise.all(runs)).toEqual([failure, 7, 7]);
    await expect(places.run(() => Promise.resolve(1), refusal)).resolves.toBe(1);
  });

  it('may let none wait', async () => {
    const places = new Bulkhead({ atOnce: 1, waiting: 0 });
    const gate = new Deferred<void>();
    const run = places.run(() => gate.promise, refusal);
    await expect(places.run(() => Promise.resolve(), refusal)).rejects.toThrow('no room');
    gate.resolve();
    await run;
  });

  it('does not take the refusal of another, in the work, for its own', async () => {
    const full = bulkhead(0, 0);
    const outer = new Bulkhead({ atOnce: 1, waiting: 0 });
    const run = outer.run(() => full.execute(() => Promise.resolve()), refusal);
    await expect(run).rejects.toBeInstanceOf(BulkheadRejectedError);
  });
});
