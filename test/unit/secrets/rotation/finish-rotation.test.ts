import { describe, expect, it } from '@jest/globals';
import {
  ChainedSecretProvider,
  finishRotation,
  MemorySecretProvider,
  type RotationRecord,
} from '../../../../src/secrets/index.js';
import { stagedName } from '../../../../src/secrets/rotation/staged-name.js';
import { proofOf } from '../../../../src/secrets/rotation/value-proof.js';

/** Values in memory that can be deleted. */
class Place extends MemorySecretProvider {
  deleted: string[] = [];
  override async list(): Promise<readonly string[]> {
    return (await super.list()).filter((name) => !this.deleted.includes(name));
  }
  override async get(name: string): Promise<string | undefined> {
    return this.deleted.includes(name) ? undefined : super.get(name);
  }
  override delete(name: string): Promise<boolean> {
    this.deleted.push(name);
    return Promise.resolve(true);
  }
}

async function recordOf(stage: RotationRecord['stage'], adopts = false): Promise<RotationRecord> {
  return {
    rotationId: '00000000-0000-4000-8000-000000000000',
    names: ['A', 'B'],
    by: { kind: 'api' },
    startedAt: '2026-01-02T03:04:05.678Z',
    versions: { A: { from: 'a1', to: 'a2' }, B: { from: 'b1', to: 'b2' } },
    adopts,
    stage,
    ...(stage === 'storing' || adopts ? { proofs: { A: await proofOf('new-a'), B: await proofOf('new-b') } } : {}),
  };
}

async function finish(values: Record<string, string>, record: RotationRecord) {
  const place = new Place(values);
  const finished = await finishRotation(record, new ChainedSecretProvider([place]));
  const names = await place.list();
  const left = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await place.get(name)] as const)));
  return { ...finished, left };
}

describe('a rotation that a crash interrupted', () => {
  it('is rolled back when the modules had been told and nothing was being stored', async () => {
    await expect(finish({ A: 'old-a', B: 'old-b' }, await recordOf('published'))).resolves.toEqual({
      outcome: 'rejected',
      message: 'rolled back after a crash',
      left: { A: 'old-a', B: 'old-b' },
    });
  });

  it('is rolled back when none of its values was stored, and their copies are removed', async () => {
    const values = { A: 'old-a', B: 'old-b', [stagedName('A')]: 'new-a', [stagedName('B')]: 'new-b' };
    await expect(finish(values, await recordOf('storing'))).resolves.toEqual({
      outcome: 'rejected',
      message: 'rolled back after a crash',
      left: { A: 'old-a', B: 'old-b' },
    });
  });

  it('is committed when all were stored', async () => {
    await expect(finish({ A: 'new-a', B: 'new-b' }, await recordOf('storing'))).resolves.toEqual({
      outcome: 'committed',
      message: 'committed before the crash',
      left: { A: 'new-a', B: 'new-b' },
    });
  });

  it('is stored to its end when only some were', async () => {
    const values = { A: 'new-a', B: 'old-b', [stagedName('A')]: 'new-a', [stagedName('B')]: 'new-b' };
    await expect(finish(values, await recordOf('storing'))).resolves.toMatchObject({
      outcome: 'committed',
      left: { A: 'new-a', B: 'new-b' },
    });
  });

  it('is said to be half done when the other values are nowhere', async () => {
    await expect(finish({ A: 'new-a', B: 'old-b' }, await recordOf('storing'))).resolves.toMatchObject({
      outcome: 'unfinished',
      message: expect.stringContaining('the old value of B'),
    });
  });

  it('is not stored to its end with a copy that is not what was proposed', async () => {
    const values = { A: 'new-a', B: 'old-b', [stagedName('B')]: 'forged' };
    await expect(finish(values, await recordOf('storing'))).resolves.toMatchObject({ outcome: 'unfinished' });
  });

  it('is resumed when the values were in place before it began', async () => {
    await expect(finish({ A: 'new-a', B: 'new-b' }, await recordOf('published', true))).resolves.toMatchObject({
      outcome: 'committed',
      message: expect.stringContaining('resumed after a crash'),
    });
  });

  it('is over when the values that were in place have changed again since', async () => {
    await expect(finish({ A: 'old-a', B: 'new-b' }, await recordOf('storing', true))).resolves.toEqual({
      outcome: 'rejected',
      message: 'the provider has other values by now than before the crash; those are in force',
      left: { A: 'old-a', B: 'new-b' },
    });
  });
});
