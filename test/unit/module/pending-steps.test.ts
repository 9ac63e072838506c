import { describe, expect, it } from '@jest/globals';
import { PendingSteps } from '../../../src/module/pending-steps.js';

describe('the deadline of a boot', () => {
  it('names every step that is still pending, and none that is done', async () => {
    const steps = new PendingSteps();
    await steps.during('reading secrets', () => Promise.resolve());
    const hanging = Promise.all([
      steps.during("connecting database 'default'", () => new Promise<never>(() => undefined)),
      steps.during('creating OrderService', () => new Promise<never>(() => undefined)),
    ]);
    const failure = steps.within(5, hanging);
    await expect(failure).rejects.toMatchObject({
      code: 'BOOT_TIMEOUT',
      details: { pending: ["connecting database 'default'", 'creating OrderService'] },
    });
  });

  it('begins nothing more once it has passed', async () => {
    const steps = new PendingSteps();
    expect(steps.isOver).toBe(false);
    await expect(steps.within(1, new Promise<never>(() => undefined))).rejects.toMatchObject({ code: 'BOOT_TIMEOUT' });
    expect(steps.isOver).toBe(true);
    expect(() => steps.begin('creating OrderService')).toThrow(expect.objectContaining({ code: 'BOOT_TIMEOUT' }));
  });
});
