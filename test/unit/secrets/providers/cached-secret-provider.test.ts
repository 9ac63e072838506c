import { describe, expect, it } from '@jest/globals';
import { Deferred, withDeadline } from '../../../../src/foundation/index.js';
import { CachedSecretProvider, SecretError, type SecretProvider } from '../../../../src/secrets/index.js';

/** A far place whose clock and answers the test holds. */
function far(options: { max?: number } = {}) {
  const place = { values: new Map([['A', 'a1']]), asked: 0, isDown: false, now: 0 };
  const inner: SecretProvider = {
    name: 'far',
    placesOf: (name) => [`far ${name}`],
    get: (name) => {
      place.asked += 1;
      if (place.isDown)
        return Promise.reject(new SecretError('PROVIDER_FAILED', 'nobody answers', { retryable: true }));
      return Promise.resolve(place.values.get(name));
    },
    canWrite: () => Promise.resolve(true),
    set: (name, value) => Promise.resolve(void place.values.set(name, value)),
  };
  const times = { ttl: { milliseconds: 100 }, expiry: { milliseconds: 1_000 } };
  return { place, cached: new CachedSecretProvider(inner, { ...times, pollMs: 2, now: () => place.now, ...options }) };
}

describe('CachedSecretProvider', () => {
  it('asks the place once while the answer counts, and again after it', async () => {
    const { place, cached } = far();
    expect([await cached.get('A'), await cached.get('A')]).toEqual(['a1', 'a1']);
    expect(place.asked).toBe(1);
    place.values.set('A', 'a2');
    place.now = 101;
    expect(await cached.get('A')).toBe('a2');
  });

  it('asks again in the background in the last fifth of the time, so that nobody waits', async () => {
    const { place, cached } = far();
    await cached.get('A');
    place.values.set('A', 'a2');
    place.now = 81;
    expect(await cached.get('A')).toBe('a1');
    expect(place.asked).toBe(2);
    expect(await cached.get('A', 'cache')).toBe('a2');
  });

  it('asks once for all who read at the same time', async () => {
    const { place, cached } = far();
    await Promise.all(Array.from({ length: 10 }, () => cached.get('A')));
    expect(place.asked).toBe(1);
  });

  it('serves the last answer while the place is down, says so, and stops at the hard expiry', async () => {
    const { place, cached } = far();
    await cached.get('A');
    place.isDown = true;
    place.now = 500;
    expect([await cached.get('A'), cached.down]).toEqual(['a1', 'nobody answers']);
    await expect(cached.get('B')).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
    place.now = 1_000;
    await expect(cached.get('A')).rejects.toThrow('nobody answers');
    expect(await cached.get('A', 'cache')).toBeUndefined();
    place.isDown = false;
    expect([await cached.get('A'), cached.down]).toEqual(['a1', undefined]);
  });

  it('asks the place in mode remote even when it remembers, and nobody in mode cache', async () => {
    const { place, cached } = far();
    expect([await cached.get('A', 'cache'), place.asked]).toEqual([undefined, 0]);
    await cached.get('A');
    place.values.set('A', 'a2');
    expect(await cached.get('A', 'remote')).toBe('a2');
    place.isDown = true;
    await expect(cached.get('A', 'remote')).rejects.toThrow('nobody answers');
    expect(await cached.get('A', 'cache')).toBe('a2');
  });

  it('remembers no more than it may, and forgets what was read longest ago', async () => {
    const { place, cached } = far({ max: 2 });
    for (const name of ['A', 'B', 'C']) place.values.set(name, name);
    for (const name of ['A', 'B', 'A', 'C']) await cached.get(name);
    expect(await Promise.all(['A', 'B', 'C'].map((name) => cached.get(name, 'cache')))).toEqual(['A', undefined, 'C']);
  });

  it('passes writes on and forgets what it remembered', async () => {
    const { cached } = far();
    await cached.get('A');
    await cached.set?.('A', 'a2');
    expect(await cached.get('A')).toBe('a2');
    expect(cached.delete).toBeUndefined();
  });

  it('does not remember an answer that began before a write or a change that it was told of', async () => {
    const answers: ((value: string) => void)[] = [];
    let tell: (names: readonly string[]) => void = () => undefined;
    const cached = new CachedSecretProvider({
      name: 'far',
      placesOf: () => [],
      get: () => new Promise((resolve) => answers.push(resolve)),
      canWrite: () => Promise.resolve(true),
      set: () => Promise.resolve(),
      watch: (changed) => {
        tell = changed;
        return Promise.resolve({ checkedAt: 0, close: () => undefined } as never);
      },
    });
    await cached.watch(() => undefined);
    for (const [index, change] of [async () => tell(['A']), async () => cached.set?.('A', 'new')].entries()) {
      const before = cached.get('A', 'remote');
      await change();
      const after = cached.get('A', 'remote');
      expect(answers).toHaveLength(2 * index + 2);
      answers[2 * index + 1]!('new');
      expect(await after).toBe('new');
      answers[2 * index]!('old');
      expect([await before, await cached.get('A', 'cache')]).toEqual(['old', 'new']);
    }
  });

  it('watches what was deleted, or written through it, as what it remembers', async () => {
    const { place, cached } = far();
    let told = new Deferred<readonly string[]>();
    const next = async (change: () => unknown) => {
      told = new Deferred();
      await change();
      return withDeadline(told.promise, 10_000, () => new Error('nothing was told'));
    };
    await cached.get('A');
    const watch = await cached.watch((names) => told.resolve(names));
    expect(await next(() => place.values.delete('A'))).toEqual(['A']);
    expect([await cached.get('A'), await cached.list()]).toEqual([undefined, []]);
    expect(await next(() => place.values.set('A', 'again'))).toEqual(['A']);
    expect(await next(() => cached.set?.('A', 'written'))).toEqual(['A']);
    expect(await next(() => place.values.set('A', 'by another'))).toEqual(['A']);
    await watch.close();
  });
});
