import { Deferred, withDeadline } from '../../src/foundation/index.js';
import { expect } from '@jest/globals';
import type { ProviderCase, ProviderFixture } from './secret-providers/provider-case.js';

/** A watch, and the names it told of so far. */
async function watching({ provider }: ProviderFixture) {
  const told = new Set<string>();
  let waiting: { readonly name: string; readonly seen: Deferred<void> } | undefined;
  const watch = await provider.watch?.((names) => {
    for (const name of names) told.add(name);
    if (waiting && told.has(waiting.name)) waiting.seen.resolve();
  });
  const toldOf = async (name: string) => {
    const seen = new Deferred<void>();
    waiting = { name, seen };
    if (told.has(name)) return;
    await withDeadline(seen.promise, 10_000, () => new Error(`nothing was told of ${name}`));
  };
  return { watch, told, toldOf };
}

const badNames = ['', 'a/b', '../FIRST', '..', '.', '.hidden', 'a..b', String.raw`a\b`, 'a\0b', 'x'.repeat(201)];

/** Everything the `SecretProvider` shape promises. */
export const secretProviderContract: readonly ProviderCase[] = [
  {
    title: 'gives the value of a secret it has, and undefined for one it has not',
    async run({ provider }) {
      expect(await provider.get('FIRST')).toBe('one');
      expect(await provider.get('MISSING')).toBeUndefined();
    },
  },
  {
    title: 'lists the names it has, and says where it looks for one',
    async run({ provider }) {
      expect(await provider.list?.()).toEqual(['FIRST']);
      expect(provider.placesOf('FIRST').join()).toContain('FIRST');
      expect(provider.name).not.toBe('');
    },
  },
  {
    title: 'refuses names that are empty, very long, or lead somewhere else',
    async run({ provider }) {
      for (const name of badNames) await expect(provider.get(name)).rejects.toMatchObject({ code: 'INVALID' });
    },
  },
  {
    title: 'stores, replaces and forgets values, or says why it cannot and what to do',
    async run({ provider, isWritable }) {
      if (!isWritable) {
        expect(await provider.canWrite('FIRST')).toMatch(/.{20}/);
        if (provider.set) await expect(provider.set('FIRST', 'two')).rejects.toMatchObject({ code: 'READ_ONLY' });
        if (provider.delete) await expect(provider.delete('FIRST')).rejects.toMatchObject({ code: 'READ_ONLY' });
        return expect(await provider.get('FIRST')).toBe('one');
      }
      expect(await provider.canWrite('SECOND')).toBe(true);
      for (const value of ['another', 'line\nline\n', 'a $b {c} "d" \'e\' #f \\g', '😀😀', ' a b c ']) {
        await provider.set?.('SECOND', value);
        expect(await provider.get('SECOND')).toBe(value);
      }
      expect(await provider.list?.()).toEqual(['FIRST', 'SECOND']);
      expect(await provider.delete?.('SECOND')).toBe(true);
      expect(await provider.delete?.('SECOND')).toBe(false);
      expect(await provider.get('SECOND')).toBeUndefined();
    },
  },
  {
    title: 'tells its watches of values that others changed, and of new ones, once they can be read',
    async run(fixture) {
      const { provider, put, tellsOfNew = true } = fixture;
      if (!put) return expect('watch' in provider).toBe(false);
      const { watch, toldOf } = await watching(fixture);
      try {
        const before = watch!.revision;
        await put('FIRST', 'other');
        await toldOf('FIRST');
        expect(await provider.get('FIRST')).toBe('other');
        await put('THIRD', 'three');
        if (tellsOfNew) await toldOf('THIRD');
        expect(await provider.get('THIRD')).toBe('three');
        expect(watch!.revision).toBeGreaterThan(before);
        expect(watch!.trouble).toBeUndefined();
        expect(Date.now() - watch!.checkedAt).toBeLessThanOrEqual(watch!.staleAfterMs);
      } finally {
        await watch?.close();
      }
    },
  },
  {
    title: 'tells a watch nothing once it is closed, and others still',
    async run(fixture) {
      if (!fixture.put) return;
      const [closed, open] = [await watching(fixture), await watching(fixture)];
      await closed.watch!.close();
      await fixture.put('FIRST', 'after');
      await open.toldOf('FIRST');
      expect([...closed.told]).toEqual([]);
      await open.watch!.close();
    },
  },
];
