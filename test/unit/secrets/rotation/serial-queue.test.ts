import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import { SerialQueue } from '../../../../src/secrets/rotation/serial-queue.js';

describe('SerialQueue', () => {
  it('runs one work after another, also after one that failed', async () => {
    const queue = new SerialQueue("secret 'A'");
    const gate = new Deferred<void>();
    const order: string[] = [];
    const first = queue.run(async () => {
      order.push('first begins');
      await gate.promise;
      order.push('first fails');
      throw new Error('first');
    });
    const second = queue.run(() => Promise.resolve(order.push('second')));
    gate.resolve();
    await expect(first).rejects.toThrow('first');
    await second;
    expect(order).toEqual(['first begins', 'first fails', 'second']);
    expect(queue.isIdle).toBe(true);
  });

  it('refuses more than it may hold, as retryable', async () => {
    const queue = new SerialQueue("secret 'A'", 2);
    const gate = new Deferred<void>();
    const held = [queue.run(() => gate.promise), queue.run(() => gate.promise)];
    await expect(queue.run(() => gate.promise)).rejects.toMatchObject({ code: 'ROTATION_BUSY', retryable: true });
    gate.resolve();
    await Promise.all(held);
    await expect(queue.run(() => Promise.resolve('ok'))).resolves.toBe('ok');
  });
});
