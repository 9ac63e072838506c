import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';

describe('Deferred', () => {
  it('settles its promise from outside, once', async () => {
    const resolved = new Deferred<number>();
    resolved.resolve(1);
    resolved.reject(new Error('ignored'));
    await expect(resolved.promise).resolves.toBe(1);

    const rejected = new Deferred<number>();
    rejected.reject(new Error('broken'));
    await expect(rejected.promise).rejects.toThrow('broken');
  });
});
