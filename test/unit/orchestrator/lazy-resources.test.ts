import { describe, expect, it, jest } from '@jest/globals';
import { LazyResources } from '../../../src/orchestrator/lazy-resources.js';

describe('LazyResources', () => {
  it('opens a resource once, when it is first asked for', async () => {
    const open = jest.fn(async (name: string) => ({ name, close: async () => undefined }));
    const resources = new LazyResources(open);
    expect(open).not.toHaveBeenCalled();
    const [first, second] = await Promise.all([resources.get('a'), resources.get('a')]);
    expect(first).toBe(second);
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('tries again after it could not open one', async () => {
    let failing = true;
    const resources = new LazyResources(async () => {
      if (failing) throw new Error('refused');
      return { close: async () => undefined };
    });
    await expect(resources.get('a')).rejects.toThrow('refused');
    failing = false;
    await expect(resources.get('a')).resolves.toBeDefined();
  });

  it('closes all of them, also those after one that cannot be closed, and opens none afterwards', async () => {
    const closed: string[] = [];
    const resources = new LazyResources(async (name: string) => ({
      close: async () => {
        closed.push(name);
        if (name === 'a') throw new Error('a is stuck');
      },
    }));
    await Promise.all([resources.get('a'), resources.get('b')]);
    await expect(resources.close()).rejects.toThrow('a is stuck');
    expect(closed).toEqual(['a', 'b']);
    await expect(resources.get('c')).rejects.toThrow('closed');
    await expect(resources.close()).resolves.toBeUndefined();
  });
});
