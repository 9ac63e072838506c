import { describe, expect, it } from '@jest/globals';
import { Agreement } from '../../../src/wire/extensions.js';
import type { OrchestratorMessage } from '../../../src/wire/messages.js';
import { PeerRotations } from '../../../src/wire/peer-rotations.js';

function setUp() {
  const sent: OrchestratorMessage[] = [];
  const rotations = new PeerRotations({
    moduleId: 'orders',
    send: (message) => void sent.push(message),
    agreement: () => new Agreement(2, ['corr', 'stages']),
    observer: undefined,
  });
  const ack = (status: string, message?: string) =>
    rotations.accept({ op: 'rotation_ack', rotation_id: 'r', status, ...(message !== undefined && { message }) });
  const notice = { keys: ['KEY'], rotation_id: 'r' } as const;
  const outcomes: string[] = [];
  const publish = (reason: 'rotation' | 'rollback', timeoutMs: number) =>
    rotations.publish({ ...notice, reason }, timeoutMs).then(
      () => void outcomes.push(`${reason} acknowledged`),
      (error: Error) => void outcomes.push(`${reason} failed: ${error.message}`),
    );
  return { rotations, sent, ack, publish, outcomes };
}

describe('the notices of one rotation', () => {
  it('are answered in their order: a late answer to the first is none to the rollback', async () => {
    const { ack, publish, outcomes } = setUp();
    await publish('rotation', 5);
    expect(outcomes).toEqual(["rotation failed: rotation in module 'orders': no answer within 5 ms"]);
    const rollback = publish('rollback', 60_000);
    expect(ack('success')).toBe(false);
    await new Promise((turn) => setImmediate(turn));
    expect(outcomes).toHaveLength(1);
    expect(ack('error', 'the hook threw')).toBe(true);
    await rollback;
    expect(outcomes[1]).toBe('rollback failed: the hook threw');
    expect(ack('success')).toBe(false);
  });

  it('are answered in their order when the second is sent before the first was given up', async () => {
    const { ack, publish, outcomes } = setUp();
    const both = [publish('rotation', 60_000), publish('rollback', 60_000)];
    ack('error', 'late');
    ack('success');
    await Promise.all(both);
    expect(outcomes).toEqual(['rotation failed: late', 'rollback acknowledged']);
  });

  it('fail together when the module ends', async () => {
    const { rotations, publish, outcomes } = setUp();
    const both = [publish('rotation', 60_000), publish('rollback', 60_000)];
    rotations.failAll(new Error('gone'));
    await Promise.all(both);
    expect(outcomes).toEqual(['rotation failed: gone', 'rollback failed: gone']);
  });
});
