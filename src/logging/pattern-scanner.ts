export interface PatternMatch {
  readonly start: number;
  readonly end: number;
}

/** Finds the first pattern at or after `from`; the longest one where several begin at the same place. */
export type PatternScanner = (text: string, from: number) => PatternMatch | undefined;

const tableSize = 1 << 15;
const longestWindow = 32;

/**
 * A scanner for many literal patterns at once, after Wu and Manber: two neighbouring characters tell how far no pattern
 * can begin, so most of a text is jumped over. A compiled RegExp would do for a few values, but its engine refuses
 * patterns beyond some ten kilobytes with a message that quotes them.
 */
export function patternScanner(patterns: Iterable<string>): PatternScanner {
  const longestFirst = [...patterns].filter((pattern) => pattern !== '').sort((a, b) => b.length - a.length);
  const window = Math.min(longestWindow, longestFirst.at(-1)?.length ?? 0);
  if (window === 0) return () => undefined;

  const shifts = new Uint8Array(tableSize).fill(Math.max(1, window - 1));
  const byStart = new Map<string, string[]>();
  for (const pattern of longestFirst) {
    const start = pattern.slice(0, window);
    const sameStart = byStart.get(start);
    if (sameStart) sameStart.push(pattern);
    else byStart.set(start, [pattern]);
    for (let last = Math.min(1, window - 1); last < window; last++) {
      const slot = slotOf(start, last, window);
      shifts[slot] = Math.min(shifts[slot]!, window - 1 - last);
    }
  }

  return (text, from) => {
    for (let last = from + window - 1; last < text.length;) {
      const shift = shifts[slotOf(text, last, window)]!;
      if (shift > 0) {
        last += shift;
        continue;
      }
      const start = last - window + 1;
      const found = byStart.get(text.slice(start, last + 1))?.find((pattern) => text.startsWith(pattern, start));
      if (found !== undefined) return { start, end: start + found.length };
      last++;
    }
    return undefined;
  };
}

function slotOf(text: string, last: number, window: number): number {
  const before = window === 1 ? 0 : text.charCodeAt(last - 1);
  return ((before << 5) ^ (before >> 3) ^ text.charCodeAt(last)) & (tableSize - 1);
}
