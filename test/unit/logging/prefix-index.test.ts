import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { PrefixIndex } from '../../../src/logging/prefix-index.js';

const word = fc
  .array(fc.constantFrom('a', 'b', 'ä', '\u0161'), { minLength: 2, maxLength: 6 })
  .map((all) => all.join(''));
const text = fc.array(fc.constantFrom('a', 'b', 'ä', '\u0161', ' '), { maxLength: 12 }).map((all) => all.join(''));

/** The slow way. */
function openEndOf(patterns: readonly string[], whole: string): number {
  for (let at = 0; at < whole.length; at += 1) {
    const end = whole.slice(at);
    if (patterns.some((pattern) => pattern.length > end.length && pattern.startsWith(end))) return end.length;
  }
  return 0;
}

describe('PrefixIndex', () => {
  it('finds nothing without patterns, or without a text', () => {
    const index = new PrefixIndex();
    expect([index.openEnd('abc'), index.openEnd('')]).toEqual([0, 0]);
    index.add({ text: 'abc' });
    expect([index.openEnd(''), index.openEnd('xab'), index.openEnd('abc')]).toEqual([0, 2, 0]);
  });

  it('agrees with a search that tries every end of the text, while patterns come, twice even, and go', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            word.map((added) => ({ added })),
            fc.nat().map((gone) => ({ gone })),
          ),
          { maxLength: 200 },
        ),
        fc.array(text, { minLength: 1, maxLength: 4 }),
        (steps, texts) => {
          const index = new PrefixIndex();
          const here: string[] = [];
          for (const [at, step] of steps.entries()) {
            if ('added' in step) {
              index.add({ text: step.added });
              here.push(step.added);
            } else if (here.length > 0) {
              const [gone] = here.splice(step.gone % here.length, 1);
              index.delete({ text: gone! });
            }
            if (at % 7 === 0) for (const each of texts) expect(index.openEnd(each)).toBe(openEndOf(here, each));
          }
          for (const each of texts) expect(index.openEnd(each)).toBe(openEndOf(here, each));
        },
      ),
    );
  });
});
