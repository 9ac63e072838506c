import { describe, expect, it } from '@jest/globals';
import { receivedRotation, RotationCoordinator, type RotationParticipant } from '../../../../src/secrets/index.js';
import { setUpStore } from '../secrets-set-up.js';

function coordinator(setUp: ReturnType<typeof setUpStore>, participants: readonly RotationParticipant[]) {
  return new RotationCoordinator({ ...setUp, participants: () => participants });
}

describe('receivedRotation', () => {
  it('starts the clock of the deadline when the notice arrives', () => {
    const before = Date.now();
    const request = receivedRotation({
      keys: ['KEY'],
      rotationId: 'r1',
      reason: 'rollback',
      deadlineMs: 1_000,
      overlapMs: 60_000,
    });
    expect(request).toMatchObject({ names: ['KEY'], rotationId: 'r1', reason: 'rollback' });
    expect(request.deadline.getTime() - before).toBeGreaterThanOrEqual(1_000);
    expect(request.overlapUntil.getTime() - request.deadline.getTime()).toBe(59_000);
  });
});

describe('a participant of the plain protocol', () => {
  it('cannot name the rotation, and reads the proposed value, and the old one after a rejection', async () => {
    const setUp = setUpStore({ KEY: 'old' });
    const read: (string | undefined)[] = [];
    const plain: RotationParticipant = {
      moduleId: 'rust',
      plainReader: 'rust#1',
      rotate: async () => void read.push((await setUp.store.get('KEY', { reader: 'rust#1' }))?.value),
    };
    await expect(coordinator(setUp, [plain]).rotate('KEY', 'next')).resolves.toMatchObject({ outcome: 'committed' });
    expect(read).toEqual(['next']);

    const refusing: RotationParticipant = { moduleId: 'orders', rotate: () => Promise.reject(new Error('no')) };
    const report = await coordinator(setUp, [plain, refusing]).rotate('KEY', 'newer');
    expect(report.modules).toMatchObject([
      { moduleId: 'rust', outcome: 'rolled-back' },
      { moduleId: 'orders', outcome: 'rejected' },
    ]);
    expect(read).toEqual(['next', 'newer', 'next']);
  });

  it('is told to read again even when it was the one to reject', async () => {
    const setUp = setUpStore({ KEY: 'old' });
    const reasons: string[] = [];
    const plain: RotationParticipant = {
      moduleId: 'rust',
      plainReader: 'rust#1',
      rotate: ({ reason }) => {
        reasons.push(reason);
        return reason === 'rotation' ? Promise.reject(new Error('no')) : Promise.resolve();
      },
    };
    const { modules } = await coordinator(setUp, [plain]).rotate('KEY', 'next');
    expect(reasons).toEqual(['rotation', 'rollback']);
    expect(modules).toMatchObject([{ moduleId: 'rust', outcome: 'rejected', message: 'no' }]);
  });
});
