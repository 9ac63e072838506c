import { describe, expect, it } from '@jest/globals';
import type { RotationParticipant } from '../../../../src/secrets/index.js';
import { coordinate, moduleIn } from './rotation-set-up.js';
import { setUpStore } from '../secrets-set-up.js';

describe('a rotation while a module goes away', () => {
  it('lets a module that has ended meanwhile have no say, whatever the others answer, and reports it', async () => {
    const setUp = setUpStore({ KEY: 'old-key-value' });
    const orders = await moduleIn(setUp, 'orders');
    const gone: RotationParticipant = { moduleId: 'billing', rotate: () => Promise.resolve('gone' as const) };
    const rotations = coordinate(setUp, [orders.participant, gone]);
    const outcomes = async (value: string) => {
      const { outcome, modules } = await rotations.rotate('KEY', value);
      return [outcome, ...modules.map((module) => module.outcome)];
    };
    expect(await outcomes('new-key-value')).toEqual(['committed', 'acknowledged', 'gone']);
    orders.recorder.hook = () => {
      throw new Error('no');
    };
    expect(await outcomes('newer-key-value')).toEqual(['rejected', 'rejected', 'gone']);
  });
});
