import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { lowBytesOf, mostLowBytes } from '../../../src/logging/low-bytes.js';
import { PatternSet } from '../../../src/logging/pattern-set.js';

type Found = readonly [start: number, text: string];

function found(set: PatternSet, text: string): Found[] {
  const all: Found[] = [];
  set.scan(text, (pattern, start) => all.push([start, pattern.text]));
  return sorted(all);
}

/** What a scan must find, the slow way. */
function foundSlowly(patterns: readonly string[], text: string): Found[] {
  return sorted(
    patterns.flatMap((pattern) =>
      Array.from(text, (_, start) => start)
        .filter((start) => text.startsWith(pattern, start))
        .map((start) => [start, pattern] as const),
    ),
  );
}

function sorted(all: readonly Found[]): Found[] {
  return all.toSorted(([a, one], [b, other]) => a - b || (one < other ? -1 : 1));
}

/** The low byte of the last one is an `a`. */
const letters = ['a', 'b', 'ä', '\u0001', '\u0161'];
const word = (longest: number) =>
  fc.array(fc.constantFrom(...letters), { minLength: 2, maxLength: longest }).map((all) => all.join(''));
const words = fc.uniqueArray(fc.oneof(word(4), word(12), word(60)), { minLength: 1, maxLength: 12 });

describe('PatternSet', () => {
  it('finds nothing without patterns', () => {
    expect(found(new PatternSet(), 'text')).toEqual([]);
  });

  it('agrees with a search that tries every pattern at every place, while patterns come and go between scans', () => {
    fc.assert(
      fc.property(
        words,
        fc.array(word(80), { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (all, noise, gone) => {
          const set = new PatternSet();
          const patterns = all.map((text) => ({ text }));
          const text = [...noise, ...all, ...noise.toReversed()].join('');
          const here = new Set(patterns);
          for (const [place, pattern] of patterns.entries()) {
            set.add(pattern);
            if (place % 3 === 0) found(set, text);
          }
          for (const which of gone) {
            const pattern = patterns[which % patterns.length]!;
            if (here.delete(pattern)) set.delete(pattern);
            expect(found(set, text)).toEqual(
              foundSlowly(
                [...here].map((each) => each.text),
                text,
              ),
            );
          }
          expect(set.isEmpty).toBe(here.size === 0);
          expect(found(set, text)).toEqual(
            foundSlowly(
              [...here].map((each) => each.text),
              text,
            ),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds each of thousands of patterns that begin alike, end alike or differ in one character', () => {
    const set = new PatternSet();
    const texts = Array.from({ length: 3_000 }, (_, at) => [
      `sk_live_${at}_of_many`,
      `${at}@db.example:5432/main`,
    ]).flat();
    for (const text of texts) set.add({ text });
    for (const text of texts) expect(found(set, `<${text}>`)).toContainEqual([1, text]);
  });

  it('finds each pattern of a text that is searched in several pieces, wherever one ends', () => {
    const set = new PatternSet();
    const all = ['ab', 'a secret', 'a secret of medium length', `a ${'very '.repeat(20_000)}long secret`];
    for (const text of all) set.add({ text });
    const [pieces, end] = [2 * mostLowBytes, '.'.repeat(100)];
    for (const text of all)
      for (
        let start = pieces - 2 * (text.length % mostLowBytes) - 100;
        start < pieces + 40;
        start += 1 + (text.length >> 6)
      )
        expect(new Set(found(set, `${'.'.repeat(start)}${text}${end}`).map(String))).toContain(`${start},${text}`);
  });

  it('leaves nothing of a text with a secret in the memory it is searched in', () => {
    const set = new PatternSet();
    const secret = 'a secret that is known';
    set.add({ text: secret });
    expect(found(set, `here is ${secret} and more`)).toHaveLength(1);
    const { buffer } = lowBytesOf('');
    expect(Buffer.from(buffer).toString('latin1')).not.toMatch(/secret|known|more/);
  });

  it('holds nothing of a pattern that is gone', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const set = new PatternSet();
    const stays = { text: 'another secret value' };
    set.add(stays);
    const reference = (() => {
      const pattern = { text: `secret value ${Math.random()}` };
      set.add(pattern);
      expect(found(set, pattern.text)).toEqual([[0, pattern.text]]);
      set.delete(pattern);
      return new WeakRef(pattern);
    })();
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      collectGarbage();
      expect(reference.deref()).toBeUndefined();
      expect(set.isEmpty).toBe(false);
    });
  });
});
