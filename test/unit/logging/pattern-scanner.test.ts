import { describe, expect, it } from '@jest/globals';
import { type PatternMatch, patternScanner } from '../../../src/logging/pattern-scanner.js';

/** What a scan must find, the slow way. */
function firstLongest(patterns: readonly string[], text: string, from: number): PatternMatch | undefined {
  for (let start = from; start < text.length; start++) {
    const found = patterns.filter((pattern) => text.startsWith(pattern, start)).sort((a, b) => b.length - a.length)[0];
    if (found !== undefined) return { start, end: start + found.length };
  }
  return undefined;
}

/** A small generator with a seed, so that a failure can be repeated. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

describe('patternScanner', () => {
  it('finds nothing without patterns', () => {
    expect(patternScanner([])('text', 0)).toBeUndefined();
    expect(patternScanner([''])('text', 0)).toBeUndefined();
  });

  it('finds a pattern at the very beginning and the very end', () => {
    const scan = patternScanner(['needle']);
    expect(scan('needle in hay', 0)).toEqual({ start: 0, end: 6 });
    expect(scan('in hay needle', 0)).toEqual({ start: 7, end: 13 });
    expect(scan('needl', 0)).toBeUndefined();
  });

  it('agrees with a search that tries every pattern at every place', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const below = numbersFrom(seed);
      const word = (longest: number) =>
        Array.from({ length: 1 + below(longest) }, () => 'abä\u0001'[below(4)]).join('');
      const patterns = Array.from({ length: 1 + below(6) }, () => word(seed % 2 === 0 ? 4 : 40));
      const text = word(200) + patterns[0] + word(20);
      const scan = patternScanner(patterns);
      for (let from = 0; from <= text.length; from += 1 + below(9)) {
        expect({ seed, from, found: scan(text, from) }).toEqual({
          seed,
          from,
          found: firstLongest(patterns, text, from),
        });
      }
    }
  });
});
