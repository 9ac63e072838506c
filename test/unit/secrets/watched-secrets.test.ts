import { describe, expect, it } from '@jest/globals';

import {
  changedIn,
  ChainedSecretProvider,
  MemorySecretProvider,
  ProviderChanges,
  RotationCoordinator,
  SecretBroker,
} from '../../../src/secrets/index.js';
import { setUpStore } from './secrets-set-up.js';

/** One reader that may read what begins with MINE. */
async function setUp() {
  const memory = new MemorySecretProvider({ MINE: 'mine-1', OTHER: 'other-1' });
  const provider = new ChainedSecretProvider([memory]);
  const { store, redactor, logger } = setUpStore({}, { provider });
  const rotations = new RotationCoordinator({ store, redactor, logger, participants: () => [] });
  const changes = await ProviderChanges.open(provider, rotations, logger);
  const broker = new SecretBroker({
    store,
    provider,
    redactor,
    logger,
    written: async () => undefined,
    rotate: async (_module, name, value) =>
      void (await rotations.rotate(name, value, { overlap: { milliseconds: 1 } })),
    access: { mayRead: (_module, name) => name.startsWith('MINE'), mayWrite: () => true },
  });
  const reader = { moduleId: 'reader', books: { granted: () => undefined, refused: () => undefined } };
  const open = () => broker.open(reader);
  const watch = async (heard: unknown, waitMs = 60_000, connection = open()) =>
    changedIn(await connection.call('watch', { heard, waitMs } as never))!;
  return { store, memory, open, watch, changes };
}

describe('the watch of the secret service', () => {
  it('tells of values that were rotated to, set, deleted and changed where they are kept, and of no others', async () => {
    const { open, watch, memory, store, changes } = await setUp();
    await store.get('MINE');
    await store.get('OTHER');
    let heard = await watch(null);
    expect(heard.names).toBeUndefined();
    const writes = [
      ['MINE', () => open().call('set', { name: 'MINE', value: 'mine-2' })],
      ['MINE', () => memory.set('MINE', 'mine-3')],
      ['MINE_TOO', () => open().call('set', { name: 'MINE_TOO', value: 'mine-4' })],
      ['MINE', () => open().call('delete', { name: 'MINE' })],
    ] as const;
    for (const [name, change] of writes) {
      await open().call('set', { name: 'OTHER', value: `other-${name}` });
      await change();
      const told: string[] = [];
      // The place tells of a value that was written there once more.
      while (!told.includes(name)) {
        heard = await watch(heard);
        told.push(...(heard.names ?? ['all']));
      }
      expect(told).not.toEqual(expect.arrayContaining([expect.stringMatching(/OTHER|all/)]));
    }
    await changes.close();
  });

  it('answers one watch of each reader: the next one, or the end of its connection, answers the one before', async () => {
    const { open, watch, changes } = await setUp();
    const heard = await watch(null);
    const [first, connection] = [watch(heard), open()];
    const second = watch(heard, 60_000, connection);
    expect((await first).names).toEqual([]);
    await connection.close();
    expect((await second).names).toEqual([]);
    expect((await watch(heard, -1)).names).toEqual([]);
    await changes.close();
  });
});
