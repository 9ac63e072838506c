import { describe, expect, it } from '@jest/globals';
import { Closers, closersAfterEach } from './closers.js';

describe('closers', () => {
  it('close the last one first, all of them whatever fails, and each once', async () => {
    const closers = new Closers();
    const closed: string[] = [];
    const resource = { close: async () => closed.push('resource') };
    expect(closers.use(resource)).toBe(resource);
    closers.push(
      () => Promise.reject(new Error('late')),
      () => {
        throw new Error('first');
      },
      () => closed.push('last'),
    );
    await expect(closers.close()).rejects.toThrow('first');
    await closers.close();
    expect(closed).toEqual(['last', 'resource']);
  });

  describe('of a test', () => {
    const closers = closersAfterEach();
    let open = 0;
    it.each([1, 2])('are closed before the next, %i', () => {
      expect(open).toBe(0);
      open += 1;
      closers.push(() => (open -= 1));
    });
  });
});
