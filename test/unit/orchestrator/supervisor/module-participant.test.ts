import { describe, expect, it } from '@jest/globals';
import { Deferred, WireError } from '../../../../src/foundation/index.js';
import { moduleParticipant } from '../../../../src/orchestrator/supervisor/module-participant.js';
import type { AnnounceMessage } from '../../../../src/wire/index.js';

const notice = { keys: ['KEY'], rotationId: 'r-1', reason: 'rotation', deadlineMs: 100, overlapMs: 0 } as const;

type Rotate = Parameters<typeof moduleParticipant>[2]['rotate'];

function participant(rotate: Rotate, extensions = true, tellsStages = extensions) {
  const announced = new Deferred<AnnounceMessage>();
  announced.promise.catch(() => undefined);
  return {
    announced,
    rotating: moduleParticipant('orders', 'orders#1', {
      announced: announced.promise,
      extensions,
      tellsStages,
      rotate,
    }),
  };
}

const gone = () => Promise.reject(new WireError('CHANNEL_CLOSED', "module 'orders' is gone (ended)"));

describe('moduleParticipant', () => {
  it('passes the answer of the module on', async () => {
    await expect(participant(() => Promise.resolve()).rotating.rotate(notice)).resolves.toBeUndefined();
    const refuses = () => Promise.reject(new WireError('PEER_REFUSED', 'too short'));
    await expect(participant(refuses).rotating.rotate(notice)).rejects.toThrow('too short');
  });

  it('lets a launch that ended before it announced itself have no say', async () => {
    const { announced, rotating } = participant(async () => {
      announced.reject(new Error('gone'));
      await gone();
    });
    await expect(rotating.rotate(notice)).resolves.toBe('gone');
  });

  it('counts a module that served and then died over the rotation as refusing', async () => {
    const { announced, rotating } = participant(gone);
    announced.resolve({ op: 'announce', listen: '127.0.0.1:8000', endpoints: [] });
    await announced.promise;
    await expect(rotating.rotate(notice)).rejects.toThrow('is gone');
  });

  it('tells of a commit who would understand it, and passes on that nothing uses the old value', async () => {
    const told: unknown[] = [];
    const rotate: Rotate = (rotation, timeoutMs) => Promise.resolve(void told.push(rotation, timeoutMs));
    const committed = { keys: ['KEY'], rotationId: 'r-1', overlapMs: 5_000 };
    await expect(participant(rotate, false).rotating.settle?.(committed)).resolves.toBe(false);
    expect(told).toEqual([]);
    await expect(participant(rotate).rotating.settle?.(committed)).resolves.toBe(true);
    expect(told).toEqual([{ keys: ['KEY'], rotation_id: 'r-1', reason: 'committed' }, 6_000]);
  });

  it('names the launch under which a plain peer reads', () => {
    expect(participant(gone, false).rotating.plainReader).toBe('orders#1');
    expect(participant(gone).rotating.plainReader).toBeUndefined();
  });
});
