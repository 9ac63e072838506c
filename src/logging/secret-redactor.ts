import type { Redactor } from '../foundation/index.js';
import { type PatternScanner, patternScanner } from './pattern-scanner.js';
import { redactionForms } from './redaction-forms.js';

/** What stands in place of a secret value. */
export const redactionMark = '[REDACTED]';

/**
 * Hides every value it was given, in all its `redactionForms`, and keeps hiding values that have been replaced since.
 * Where values overlap the whole stretch is hidden, so that no tail of a longer or neighbouring one is left. Redacting
 * twice changes nothing.
 */
export class SecretRedactor implements Redactor {
  readonly #values = new Set<string>();
  readonly #patterns = new Set<string>();
  #scanner: PatternScanner | undefined;

  add(value: string): void {
    if (this.#values.has(value)) return;
    this.#values.add(value);
    for (const form of redactionForms(value)) this.#patterns.add(form);
    this.#scanner = undefined;
  }

  redact(text: string): string {
    if (this.#patterns.size === 0) return text;
    // The mark is a pattern too, so that a value that is part of it cannot tear an earlier mark apart.
    const scan = (this.#scanner ??= patternScanner([...this.#patterns, redactionMark]));
    let match = scan(text, 0);
    if (match === undefined) return text;
    let redacted = '';
    let copied = 0;
    while (match !== undefined) {
      const start: number = match.start;
      let end: number = match.end;
      let next = scan(text, start + 1);
      while (next !== undefined && next.start < end) {
        end = Math.max(end, next.end);
        next = scan(text, next.start + 1);
      }
      redacted += text.slice(copied, start) + redactionMark;
      copied = end;
      match = next;
    }
    return redacted + text.slice(copied);
  }
}
