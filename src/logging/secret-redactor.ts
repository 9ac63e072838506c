import {
  type Duration,
  durationMs,
  longestTimerMs,
  type Redactor,
  type SecretFacts,
  shortestSecret,
} from '../foundation/index.js';
import { isBase64, withoutNuls } from './joined-texts.js';
import { type HiddenRange, mergedRanges, redactionMark, withoutRanges } from './hidden-ranges.js';
import { PatternSet } from './pattern-set.js';
import type { Pattern } from './pattern-table.js';
import { PrefixIndex } from './prefix-index.js';
import { redactionForms } from './redaction-forms.js';
import { isSensitiveKey } from './sensitive-key.js';
import { isWrittenOtherwise, unescapedViews } from './unescaped-views.js';

export interface SecretRedactorOptions {
  /** How long a value is hidden after it was retired. Default `24h`. */
  readonly keepRetired?: Duration;
  /** How many retired values are kept; beyond that the oldest go early. Default 10,000. */
  readonly mostRetired?: number;
}

interface HeldValue {
  readonly patterns: readonly Pattern[];
  /** Whose value it is. */
  readonly names: Set<string>;
}

/** Forms whose texts are so ordinary that hiding them would blank unrelated text everywhere. */
const formsByName: ReadonlySet<string> = new Set(['number', 'boolean', 'duration']);
const ordinary = /^(?:true|false|null)$/i;

/**
 * Hides every value it was given, in all its `redactionForms` and however else it is escaped, and values that were
 * retired for a day longer; then they and everything made of them is dropped. Where values overlap the whole stretch is
 * hidden, so that no tail of a longer or neighbouring one is left. Redacting twice changes nothing.
 */
export class SecretRedactor implements Redactor {
  readonly #held = new Map<string, HeldValue>();
  readonly #patterns = new PatternSet();
  /** When each retired value is dropped, the first one first. */
  readonly #retired = new Map<string, number>();
  readonly #namesOnly = new Set<string>();
  readonly #keepMs: number;
  readonly #mostRetired: number;
  #prefixes: PrefixIndex | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ keepRetired = '24h', mostRetired = 10_000 }: SecretRedactorOptions = {}) {
    this.#keepMs = durationMs(keepRetired, 'keepRetired');
    this.#mostRetired = mostRetired;
  }

  /** How many values are hidden, retired ones among them. */
  get size(): number {
    return this.#held.size;
  }

  /** Those that are hidden, retired ones among them. */
  get values(): Iterable<string> {
    return this.#held.keys();
  }

  add(value: string, { name = '', form }: SecretFacts = {}): void {
    const word = wordOf(name);
    if (form !== undefined && word !== '') {
      if (formsByName.has(form)) this.#namesOnly.add(word);
      else this.#namesOnly.delete(word);
    }
    const isTooShort = value.trim().length < shortestSecret;
    if (
      isTooShort ||
      (form === undefined ? ordinary.test(value.trim()) || this.#namesOnly.has(word) : formsByName.has(form))
    ) {
      // Somebody who did not know the form may have added it.
      if (this.#held.get(value)?.names.delete(name) && this.#held.get(value)?.names.size === 0) this.#drop(value);
      return;
    }
    const known = this.#held.get(value);
    this.#retired.delete(value);
    if (known) return void known.names.add(name);
    const patterns = redactionForms(value);
    this.#held.set(value, { patterns, names: new Set([name]) });
    for (const pattern of patterns) {
      this.#patterns.add(pattern);
      this.#prefixes?.add(pattern);
    }
  }

  retire(value: string, name?: string): void {
    const held = this.#held.get(value);
    if (held === undefined) return;
    const { names } = held;
    // Who does not say whose value it was can only mean the one there is.
    const whose = name ?? (names.has('') || names.size !== 1 ? '' : [...names][0]!);
    if (!names.delete(whose) || names.size > 0) return;
    this.#retired.set(value, Date.now() + this.#keepMs);
    if (this.#retired.size > this.#mostRetired) this.#drop(this.#retired.keys().next().value!);
    this.#schedule();
  }

  redact(text: string): string {
    const ranges = this.ranges(text);
    return ranges.length === 0 ? text : withoutRanges(text, ranges);
  }

  hidesKey(key: string): boolean {
    return isSensitiveKey(key) || (this.#namesOnly.size > 0 && this.#namesOnly.has(wordOf(key)));
  }

  /** Which stretches of a text are secret, merged and in order. */
  ranges(text: string): readonly HiddenRange[] {
    if (this.#patterns.isEmpty) return [];
    const ranges: HiddenRange[] = [];
    this.#patterns.scan(text, (pattern, start) => ranges.push(rangeOf(text, pattern, start)));
    if (isWrittenOtherwise(text)) this.#scanUnescaped(text, ranges);
    if (ranges.length === 0) return ranges;
    // A value that is part of the mark must not tear an earlier mark apart.
    for (let at = text.indexOf(redactionMark); at !== -1; at = text.indexOf(redactionMark, at + 1))
      ranges.push({ start: at, end: at + redactionMark.length });
    return mergedRanges(ranges);
  }

  /** How many characters at the end of `text` may be the beginning of a secret. */
  openEnd(text: string): number {
    if (this.#held.size === 0) return 0;
    const open = this.#beginningAt(text);
    // In UTF-16 there is a zero byte beside each.
    const view = withoutNuls(text);
    if (view === undefined) return open;
    const inView = this.#beginningAt(view.text);
    return Math.max(open, inView === 0 ? 0 : text.length - view.sourceOf(view.text.length - inView));
  }

  #scanUnescaped(text: string, ranges: HiddenRange[]): void {
    for (const view of unescapedViews(text)) {
      this.#patterns.scan(view.text, (pattern, start) => {
        const range = rangeOf(view.text, pattern, start);
        ranges.push({ start: view.sourceOf(range.start), end: view.sourceOf(range.end) });
      });
      for (const cut of view.cuts ?? []) {
        const begun = this.#beginningAt(view.text.slice(0, cut));
        if (begun >= shortestSecret) ranges.push({ start: view.sourceOf(cut - begun), end: view.sourceOf(cut) });
      }
    }
  }

  /** How many characters at the end of `text` are the beginning of a pattern. */
  #beginningAt(text: string): number {
    this.#prefixes ??= this.#indexPrefixes();
    return this.#prefixes.openEnd(text);
  }

  #indexPrefixes(): PrefixIndex {
    const index = new PrefixIndex();
    for (const { patterns } of this.#held.values()) for (const pattern of patterns) index.add(pattern);
    return index;
  }

  #drop(value: string): void {
    for (const pattern of this.#held.get(value)?.patterns ?? []) {
      this.#patterns.delete(pattern);
      this.#prefixes?.delete(pattern);
    }
    this.#held.delete(value);
    this.#retired.delete(value);
  }

  #schedule(): void {
    const first = this.#retired.values().next().value;
    if (this.#timer !== undefined || first === undefined) return;
    const ms = Math.min(Math.max(first - Date.now(), 1), longestTimerMs);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Many may go at once.
      this.#prefixes = undefined;
      const now = Date.now();
      for (const [value, until] of this.#retired) {
        if (until > now) break;
        this.#drop(value);
      }
      this.#schedule();
    }, ms).unref();
  }
}

/** A character of base64 at either end may hold a part of the value. */
function rangeOf(text: string, pattern: Pattern, start: number): HiddenRange {
  const end = start + pattern.text.length;
  if (pattern.before === undefined) return { start, end };
  const from = pattern.before > 0 && isBase64(text.charCodeAt(start - 1)) ? start - 1 : start;
  let to = end;
  while (to < end + (pattern.after ?? 0) && isBase64(text.charCodeAt(to))) to++;
  while (text[to] === '=' && to < end + 4) to++;
  return { start: from, end: to };
}

function wordOf(key: string): string {
  return key.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
}
