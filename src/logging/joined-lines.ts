import type { Redactor } from '../foundation/index.js';
import { endsBrokenLine } from './joined-texts.js';
import { isDigit } from './printed-bytes.js';

/** Longer than this no line waits for the next one. */
const waitMs = 50;
const mostHeld = 64 * 1024;

/**
 * Redacts lines that come one by one, also where a secret goes on from one to the next: base64 that is broken into lines, and
 * arrays of bytes. Such lines wait for the one that ends them, each 50 ms at most and 64 KiB of them; all others do not.
 */
export class JoinedLines {
  #held: string[] = [];
  #heldLength = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redactor: Redactor,
    private readonly onLine: (redacted: string) => void,
  ) {}

  /** Without its line end. */
  push(line: string): void {
    const hasNext = goesOn(line);
    if (!hasNext && this.#held.length === 0) return this.onLine(this.redactor.redact(line));
    this.#held.push(line);
    this.#heldLength += line.length;
    clearTimeout(this.#timer);
    if (!hasNext || this.#heldLength > mostHeld) return this.flush();
    this.#timer = setTimeout(() => this.flush(), waitMs);
  }

  /** Delivers what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    const held = this.#held.splice(0);
    this.#heldLength = 0;
    if (held.length > 0) this.redactor.redact(held.join('\n')).split('\n').forEach(this.onLine);
  }
}

/** Whether what stands on a line may be ended by the next one only. */
function goesOn(line: string): boolean {
  let last = line.length - 1;
  while (line[last] === ' ' || line[last] === '\t') last--;
  if (line[last] === '[') return true;
  // The end of a colour is one of a number, too.
  if (line[last] === ',') return isDigit(line.charCodeAt(last - 1)) || line[last - 1] === 'm';
  return endsBrokenLine(line, line.length);
}
