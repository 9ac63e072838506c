import { describe, expect, it } from '@jest/globals';
import { array, assert as assertHolds, constantFrom, nat, property, record } from 'fast-check';
import { type FileBounds, FileChange } from '../../../../src/cache/file/file-change.js';
import { FileIndex } from '../../../../src/cache/file/file-index.js';
import type { IndexEffect, WrittenTerms } from '../../../../src/cache/file/index-effect.js';
import { leaseLock } from '../../../../src/cache/load/lease-lock.js';
import { evictionPolicies, type EvictionPolicyName } from '../../../../src/cache/memory/eviction-policy.js';
import { pseudoRandom } from '../pseudo-random.js';

const now = 1_000;
const terms = (more: Partial<WrittenTerms> = {}): WrittenTerms => ({
  sizeBytes: 10,
  expiresAt: null,
  ttlMs: null,
  tags: [],
  ...more,
});
const emptyIndex = (policy: EvictionPolicyName = 'lru') => new FileIndex(evictionPolicies[policy]());

function indexOf(...effects: readonly IndexEffect[]): FileIndex {
  const index = emptyIndex();
  for (const effect of effects) index.apply(effect);
  return index;
}

const locks = ['turn', leaseLock('ns:a'), leaseLock('b')];
const keys = ['ns:a', 'b', 'c', 'd'];

/** All that can be seen of an index. */
function shown(index: FileIndex): object {
  return {
    entries: keys.map((key) => {
      const { file, sizeBytes, expiresAt, ttlMs, tags } = index.get(key, now) ?? {};
      return { file, sizeBytes, expiresAt, ttlMs, tags };
    }),
    locks: locks.map((lock) => index.holderOf(lock, now)),
    files: [...index.files()].toSorted(),
    stats: index.stats(),
    fence: index.fence,
    nextExpiry: index.nextExpiry,
  };
}

describe('FileIndex', () => {
  it.each(Object.keys(evictionPolicies) as EvictionPolicyName[])(
    'gives up by %s whom another process would that was told the same',
    (policy) => {
      const indexes = [emptyIndex(policy), emptyIndex(policy)];
      const random = pseudoRandom(5);
      const tell = (effect: IndexEffect, told = indexes) => told.forEach((index) => index.apply(effect));
      for (let step = 0; step < 2_000; step += 1) {
        const key = String(Math.floor(60 * random() * random()));
        const [here, there] = random() < 0.5 ? indexes : indexes.toReversed();
        if (here!.get(key, now)) tell(['use', key, 1]);
        else tell(['set', key, 'file', terms()]);
        const evicted = here!.size > 20 ? here!.evict() : undefined;
        if (evicted) tell(evicted, [there!]);
      }
      const all = indexes.map((index) => Array.from({ length: 25 }, () => index.evict()));
      expect(all[0]).toEqual(all[1]);
    },
  );

  it('has what was set, until its time is over or it is gone', () => {
    const index = indexOf(
      ['set', 'a', 'file a', terms({ expiresAt: 2_000, ttlMs: 1_000 })],
      ['set', 'b', 'file b', terms()],
    );
    expect(index.get('a', 1_999)).toMatchObject({ file: 'file a', sizeBytes: 10, ttlMs: 1_000 });
    expect([index.get('a', 2_000), index.isExpired('a', 2_000), index.fileOf('a')]).toEqual([
      undefined,
      true,
      'file a',
    ]);
    expect([index.nextExpiry, index.firstExpired(1_999), index.firstExpired(2_000)?.key]).toEqual([
      2_000,
      undefined,
      'a',
    ]);
    index.apply(['delete', 'b']);
    expect(index.stats()).toMatchObject({ sets: 2, deletes: 1, entries: 1, bytes: 10 });
    index.apply(['expire', 'a']);
    expect(index.stats()).toMatchObject({ expirations: 1, entries: 0, bytes: 0 });
    expect(index.nextExpiry).toBe(Infinity);
    expect(index.takeDropped()).toEqual(['file b', 'file a']);
    expect(index.takeDropped()).toEqual([]);
  });

  it('counts nothing for what is not there', () => {
    const missing = ['delete', 'evict', 'expire'] as const;
    const index = indexOf(
      ...missing.map((what): IndexEffect => [what, 'x']),
      ['lost', 'x'],
      ['use', 'x', 3],
      ['renew', 'x', 9],
    );
    index.apply(['unlock', 'x']);
    expect(index.stats()).toEqual(emptyIndex().stats());
    expect(index.nextExpiry).toBe(Infinity);
  });

  it('gives an entry another end, which may be earlier', () => {
    const index = indexOf(
      ['set', 'a', '1', terms({ expiresAt: 5_000 })],
      ['set', 'b', '2', terms({ expiresAt: 3_000 })],
    );
    index.apply(['renew', 'a', 2_000]);
    expect(index.nextExpiry).toBe(2_000);
    index.apply(['renew', 'a', 9_000]);
    expect([index.nextExpiry, index.get('a', 8_999)?.file]).toEqual([3_000, '1']);
  });

  it('ends the leases of what is cleared or invalidated, and no lock of users', () => {
    const tagged = (tags: string[]): IndexEffect => ['lock', leaseLock('ns:a'), 'token', 2_000, 1, tags];
    const other: IndexEffect = ['lock', leaseLock('nsx:a'), 'token', 2_000, 2, ['u']];
    const users: IndexEffect = ['lock', 'ns:turn', 'token', 2_000, 3];
    for (const [effect, isHeld] of [
      [['clear', 'ns:'], false],
      [['invalidate', ['t', 'v']], false],
      [['invalidate', ['T']], true],
      [['clear', 'n:'], true],
    ] as const) {
      const index = indexOf(tagged(['s', 't']), other, users, effect);
      expect(index.holderOf(leaseLock('ns:a'), now) !== undefined).toBe(isHeld);
      expect([index.holderOf(leaseLock('nsx:a'), now)?.fence, index.holderOf('ns:turn', now)?.fence]).toEqual([2, 3]);
    }
    expect(indexOf(users).holderOf('ns:turn', 2_000)).toBeUndefined();
  });

  it('takes no entry for true after something that it does not know, but keeps to its locks', () => {
    const index = indexOf(['set', 'a', '1', terms({ tags: ['t'] })], ['lock', 'turn', 'token', 2_000, 7]);
    index.apply(['swap', 'a', 'b'] as unknown as IndexEffect);
    expect([index.get('a', now), index.stats().bytes, index.holderOf('turn', now)?.token]).toEqual([
      undefined,
      0,
      'token',
    ]);
    index.apply(['set', 'a', '2', terms()]);
    index.apply(['invalidate', ['t']]);
    expect(index.get('a', now)?.file).toBe('2');
  });

  it('does not mind more than it knows at the end of an effect', () => {
    const index = indexOf(
      ['set', 'a', '1', { ...terms(), more: 1 }, 'more'] as unknown as IndexEffect,
      ['lock', 'turn', 'token', 2_000, 7, ['t'], 'more'] as unknown as IndexEffect,
    );
    expect([index.get('a', now)?.file, index.holderOf('turn', now)?.fence]).toEqual(['1', 7]);
  });

  const bounds: FileBounds = { name: 'c', maxBytes: 45, maxEntries: 3, evicts: true };
  const action = record({
    does: constantFrom(
      'put',
      'put',
      'gone',
      'delete',
      'use',
      'clear',
      'invalidate',
      'lock',
      'unlock',
      'renew',
      'collect',
    ),
    key: nat(keys.length - 1),
    number: nat(20),
  });

  /** What one process decides, as it notes it. */
  function effectsOf(
    index: FileIndex,
    { does, key: at, number }: { does: string; key: number; number: number },
    step: number,
  ) {
    const change = new FileChange(index, bounds, now);
    const [key, lock] = [keys[at]!, locks[at % locks.length]!];
    const written = terms({
      sizeBytes: 5 + number,
      expiresAt: number % 2 ? null : now + number,
      tags: ['t', 'u'].slice(number % 3),
    });
    if (does === 'put') change.put(key, `file ${step}`, written);
    if (does === 'gone') change.put(key, `file ${step}`, terms({ expiresAt: now }));
    if (does === 'delete') change.delete(key);
    if (does === 'use') change.apply(['use', key, number], ['looked', number, 1]);
    if (does === 'clear') change.apply(['clear', number % 2 ? '' : 'ns:']);
    if (does === 'invalidate') change.apply(['invalidate', [number % 2 ? 't' : 'u']]);
    if (does === 'lock')
      change.apply(['lock', lock, `token ${step}`, now + number, index.fence + 1, number % 2 ? ['t'] : []]);
    if (does === 'unlock') change.apply(['unlock', lock]);
    if (does === 'renew') change.apply(['renew', key, now + 50]);
    if (does === 'collect') change.collectExpired(1);
    return change.effects;
  }

  it.each(Object.keys(evictionPolicies).filter((name) => name !== 'none') as EvictionPolicyName[])(
    'is the same for everybody who reads the effects, as JSON, and for who reads it written anew, under %s',
    (policy) => {
      const check = property(array(action, { maxLength: 40 }), (actions) => {
        const [writer, reader] = [emptyIndex(policy), emptyIndex(policy)];
        for (const [step, one] of actions.entries()) {
          const line = JSON.stringify(effectsOf(writer, one, step));
          for (const effect of JSON.parse(line) as IndexEffect[]) reader.apply(effect);
          expect(shown(reader)).toEqual(shown(writer));
          expect(writer.bytes <= bounds.maxBytes && writer.size <= bounds.maxEntries).toBe(true);
        }
        const anew = emptyIndex(policy);
        for (const effect of JSON.parse(JSON.stringify([...writer.effects(now)])) as IndexEffect[]) anew.apply(effect);
        expect(shown(anew)).toEqual(shown(writer));
      });
      assertHolds(check, { seed: 20_261_126, numRuns: 150 });
    },
  );
});
