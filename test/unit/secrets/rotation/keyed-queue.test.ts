import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import { KeyedQueue } from '../../../../src/secrets/rotation/keyed-queue.js';

describe('KeyedQueue', () => {
  it('runs works that share a key one after another, and others at once', async () => {
    const queue = new KeyedQueue((key) => key);
    const gate = new Deferred<void>();
    const order: string[] = [];
    const first = queue.run(['b', 'a'], () => gate.promise.then(() => order.push('a and b')));
    const second = queue.run(['a', 'c'], () => Promise.resolve(order.push('a and c')));
    await queue.run(['d'], () => Promise.resolve(order.push('d')));
    gate.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(['d', 'a and b', 'a and c']);
  });

  it('never has two works wait for each other', async () => {
    const queue = new KeyedQueue((key) => key);
    const works = [['a', 'b'], ['b', 'a'], ['b'], ['a', 'a', 'b']].map((keys) =>
      queue.run(keys, () => Promise.resolve(keys)),
    );
    await expect(Promise.all(works)).resolves.toHaveLength(4);
    await queue.idle();
  });

  it('refuses more than may wait for one key, naming it, and gives free what the work had taken', async () => {
    const queue = new KeyedQueue((key) => `secret '${key}'`, 1);
    const gate = new Deferred<void>();
    const held = queue.run(['b'], () => gate.promise);
    await expect(queue.run(['a', 'b'], () => gate.promise)).rejects.toThrow("secret 'b'");
    await expect(queue.run(['a'], () => Promise.resolve('ran'))).resolves.toBe('ran');
    gate.resolve();
    await held;
  });
});
