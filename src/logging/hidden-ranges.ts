/** What stands in place of a secret value. */
export const redactionMark = '[REDACTED]';

/** A stretch of a text that must not be shown. */
export interface HiddenRange {
  readonly start: number;
  readonly end: number;
}

/** In order, those that overlap as one, so that no tail of a longer or neighbouring value is left. */
export function mergedRanges(ranges: readonly HiddenRange[]): readonly HiddenRange[] {
  if (ranges.length < 2) return ranges;
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/** The text from `from` on, a mark in place of each of these ranges, which are merged ones. */
export function withoutRanges(text: string, ranges: readonly HiddenRange[], from = 0): string {
  let shown = '';
  let copied = from;
  for (const { start, end } of ranges) {
    if (end <= from) continue;
    shown += text.slice(copied, Math.max(start, from)) + redactionMark;
    copied = end;
  }
  return copied === 0 ? text : shown + text.slice(copied);
}
