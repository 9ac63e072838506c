import { describe, expect, it } from '@jest/globals';
import {
  ChainedSecretProvider,
  finishRotation,
  localParticipant,
  MemorySecretProvider,
  RotationCoordinator,
  type RotationRecord,
  type SecretProvider,
} from '../../../../src/secrets/index.js';
import { isStagedName } from '../../../../src/secrets/rotation/staged-name.js';
import { declared, setUpModule, setUpStore } from '../secrets-set-up.js';

class Crash extends Error {}

/** Tells before each write, and can die there: nothing is written any more, nor deleted. */
class Machine {
  readonly writes: string[] = [];
  isDead = false;

  constructor(private diesAt = Number.POSITIVE_INFINITY) {}

  startAgain(): void {
    this.diesAt = Number.POSITIVE_INFINITY;
    this.isDead = false;
  }

  async write(what: string): Promise<void> {
    if (this.writes.length === this.diesAt) this.isDead = true;
    if (this.isDead) throw new Crash('the process was killed');
    this.writes.push(what);
  }
}

function placeOn(machine: Machine, values: Record<string, string>, deletes: boolean): SecretProvider {
  const inner = new MemorySecretProvider(values);
  return {
    name: deletes ? 'a place' : 'a place that never forgets',
    placesOf: (name) => inner.placesOf(name),
    get: (name) => inner.get(name),
    canWrite: () => Promise.resolve(true),
    list: () => inner.list(),
    set: async (name, value) => {
      await machine.write(`set ${name}`);
      await inner.set(name, value);
    },
    ...(deletes && {
      delete: async (name) => {
        await machine.write(`delete ${name}`);
        return inner.delete(name);
      },
    }),
  };
}

const next = new Map([
  ['A', 'new-value-a'],
  ['B', 'new-value-b'],
  ['C', 'new-value-c'],
]);

/** Rotates A, B and C together, of which those named cannot be deleted again where they are; then a crash is tidied up. */
async function rotate(lasting: readonly string[], diesAt?: number) {
  const machine = new Machine(diesAt);
  const places = ['A', 'B', 'C'].map((name) =>
    placeOn(machine, { [name]: `old-value-${name.toLowerCase()}` }, !lasting.includes(name)),
  );
  const provider = new ChainedSecretProvider(places);
  const store = setUpStore({}, { provider });
  const secrets = await setUpModule(store, [declared('A'), declared('B'), declared('C')], []);
  let record: RotationRecord | undefined;
  const journal = {
    write: (written: RotationRecord) => Promise.resolve(void (machine.isDead || (record = written))),
    remove: () => Promise.resolve(void (machine.isDead || (record = undefined))),
  };
  const participants = () => [localParticipant('orders', secrets)];
  await using rotations = new RotationCoordinator({ ...store, participants, journal });
  const { outcome } = await rotations.rotateAll(next);
  const writes = [...machine.writes];
  machine.startAgain();
  const finished = record && (await finishRotation(record, new ChainedSecretProvider(places)));
  const names = await provider.list();
  const values = await Promise.all(['A', 'B', 'C'].map(async (name) => (await provider.get(name))!.slice(0, 3)));
  return { outcome, finished, writes, values: values.join(), staged: names.filter(isStagedName) };
}

describe('several values of one rotation', () => {
  it('are stored after the one that cannot be kept beside its secret', async () => {
    const { outcome, writes, values, staged } = await rotate(['B']);
    expect([outcome, values, staged]).toEqual(['committed', 'new,new,new', []]);
    expect(writes.filter((write) => !write.includes('staged'))).toEqual(['set B', 'set A', 'set C']);
    expect(writes.slice(0, 2)).toEqual(['set A.pywatt-staged', 'set C.pywatt-staged']);
  });

  it.each([[[]], [['A']], [['B']], [['C']]])(
    'are all new or all old after a crash at any write, where %j cannot be deleted',
    async (lasting) => {
      const { writes } = await rotate(lasting);
      const seen = new Set<string>();
      for (let at = 0; at < writes.length; at += 1) {
        const { finished, values, staged } = await rotate(lasting, at);
        expect(['old,old,old', 'new,new,new']).toContain(values);
        expect(staged).toEqual([]);
        if (finished) expect(finished.outcome).toBe(values.startsWith('new') ? 'committed' : 'rejected');
        seen.add(values);
      }
      expect(seen.size).toBe(2);
    },
  );

  it('are refused before anything is told when two of them could be left half done', async () => {
    await expect(rotate(['A', 'C'])).rejects.toMatchObject({
      code: 'READ_ONLY',
      message: expect.stringContaining('A, C cannot be rotated together'),
    });
  });
});
