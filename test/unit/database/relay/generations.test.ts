import { expect, it } from '@jest/globals';
import { Generations } from '../../../../src/database/relay/generations.js';
import { Lease } from '../../../../src/database/relay/lease.js';
import type { Backend } from '../../../../src/database/relay/relay-engine.js';

const lease = (generation: number) => new Lease({} as Backend, '', generation, 'one');

it('lends the backends of one credential, the old one again after going back', () => {
  const generations = new Generations();
  const [old, next] = [lease(0), lease(1)];
  generations.switchTo();
  expect([generations.isCurrent(old), generations.isCurrent(next)]).toEqual([false, true]);
  generations.switchTo(0);
  generations.retireOthers();
  expect([generations.isCurrent(old), generations.isRetired(next)]).toEqual([true, true]);
  generations.switchTo();
  expect([generations.current, generations.isRetired(lease(2))]).toEqual([2, false]);
});

it('tells when the last backend of a retired credential has left', async () => {
  const generations = new Generations();
  const [one, two, current] = [lease(0), lease(0), lease(1)];
  const leases = new Set([one, two, current]);
  generations.switchTo();
  generations.retireOthers();
  let isOver = false;
  const left = generations.retiredLeft(leases).then(() => (isOver = true));
  for (const gone of [one, two]) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    leases.delete(gone);
    generations.left(gone);
  }
  await left;
});
