import { expect, it } from '@jest/globals';
import { Lease } from '../../../../src/database/relay/lease.js';
import { PoolLeases } from '../../../../src/database/relay/pool-leases.js';
import type { Backend } from '../../../../src/database/relay/relay-engine.js';

/** A pool of leases, and the names of those that were closed or taken from their holder. */
function pool() {
  const leases = new PoolLeases();
  const told: string[] = [];
  const add = (name: string, generation = leases.generations.current): Lease => {
    const backend = { destroy: () => void told.push(`${name} closed`) } as unknown as Backend;
    const lease = new Lease(backend, '', generation, 'one');
    lease.holder = { owner: 'one', detached: () => void told.push(`${name} taken`), lost: () => undefined };
    lease.isBusy = false;
    leases.add(lease);
    return lease;
  };
  return { leases, told, add };
}

it('takes what is free of another credential from its holder, and closes it once that is retired', async () => {
  const { leases, told, add } = pool();
  add('free');
  const busy = add('busy');
  busy.isBusy = true;
  leases.switchTo();
  expect(told).toEqual(['free taken']);
  expect([leases.size, leases.heldBy('one'), leases.heldBy('two')]).toEqual([2, 1, 0]);
  leases.retireOthers();
  expect(told).toEqual(['free taken', 'free closed']);
  let isOver = false;
  const left = leases.retiredLeft().then(() => (isOver = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  busy.isBusy = false;
  leases.settle(busy);
  await left;
  expect(told.slice(2)).toEqual(['busy taken', 'busy closed']);
});

it('closes what nobody has used for long', () => {
  const { leases, told, add } = pool();
  const [old, inUse, fresh] = [add('old'), add('in use'), add('fresh')];
  inUse.isBusy = true;
  old.lastUsed = 1;
  inUse.lastUsed = 1;
  fresh.lastUsed = 3;
  leases.discardUnused(2);
  expect(told).toEqual(['old taken', 'old closed']);
  expect([...leases]).toEqual([inUse, fresh]);
});

it('does not count what is set aside', () => {
  const { leases, add } = pool();
  const lease = add('reset');
  leases.setAside(lease);
  expect([leases.has(lease), leases.size]).toEqual([false, 0]);
});
