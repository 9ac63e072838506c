import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Logger, messageOf, withDeadline } from '../../foundation/index.js';
import type { SecretWatch } from './secret-provider.js';
import { valueMarks } from './value-marks.js';
import { WatchTrouble } from './watch-trouble.js';

/** What a place holds at one moment. */
export interface PlaceContent {
  /** The values that can be used, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** Names that are there but cannot be used (empty, too large, no text …), each with the reason. Their old value stays in force. */
  readonly unusable: ReadonlyMap<string, string>;
}

export interface WatchTimes {
  /** How often the place is looked at when nothing tells of a change: the heartbeat. Default 5 s. */
  readonly pollMs?: number;
  /** How long a value must stay as it is before it counts, so that one being written is not taken. Default 300 ms. */
  readonly settleMs?: number;
  /** How long one look may take. Default 10 s. */
  readonly lookMs?: number;
  /** Told once when changes cannot be seen any more, and once when they can again. */
  readonly logger?: Logger | undefined;
}

export interface PolledWatchOptions extends WatchTimes {
  readonly name: string;
  /** Reads the whole place; undefined when there is none. Rejects with what to do when it cannot be read. */
  readonly look: () => Promise<PlaceContent | undefined>;
  /** The directory whose changes are a hint to look at once. */
  readonly directory?: string;
  readonly changed: (names: readonly string[]) => void;
}

/** Where something is wrong nothing tells when it is well again. */
const troubledPollMs = 5_000;
const mostReasons = 5;
const nothing: PlaceContent = { values: new Map(), unusable: new Map() };

/** A candidate for a change: seen first then, the same ever since. */
interface Candidate {
  readonly mark: string | undefined;
  readonly since: number;
}

/**
 * Looks at a place again and again, at once when the file system hints at a change, and tells of names whose values are
 * others than before and have settled. Values themselves are not kept, only keyed marks of them.
 */
export class PolledWatch implements SecretWatch {
  readonly name: string;
  readonly staleAfterMs: number;
  readonly #options: PolledWatchOptions & Required<Omit<WatchTimes, 'logger'>>;
  readonly #markOf = valueMarks();
  readonly #trouble: WatchTrouble;
  readonly #known = new Map<string, string>();
  readonly #candidates = new Map<string, Candidate>();
  readonly #unusable = new Map<string, string>();
  #hint: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #reading: Promise<readonly [PlaceContent | undefined, string | undefined]> | undefined;
  #directoryId: string | undefined;
  #isHinted = false;
  #isClosed = false;
  #wasThere = false;
  #revision = 0;
  #checkedAt = Date.now();

  private constructor(options: PolledWatchOptions) {
    this.#options = { pollMs: 5_000, settleMs: 300, lookMs: 10_000, ...options };
    this.name = options.name;
    this.#trouble = new WatchTrouble(options.name, options.logger);
    this.staleAfterMs = 3 * this.#options.pollMs + this.#options.lookMs;
  }

  /** Resolves once the place was looked at, or could not be, which `trouble` then tells. */
  static async start(options: PolledWatchOptions): Promise<PolledWatch> {
    const polled = new PolledWatch(options);
    polled.#listen();
    await polled.#look(true);
    polled.#schedule();
    return polled;
  }

  get revision(): number {
    return this.#revision;
  }

  get checkedAt(): number {
    return this.#checkedAt;
  }

  get trouble(): string | undefined {
    return this.#trouble.now;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#hint?.close();
    // A look that hangs ends by its own deadline, and tells nobody any more.
    await this.#looking;
  }

  /** Asks the system to tell of changes; without that the poll still sees them. */
  #listen(): void {
    const { directory } = this.#options;
    if (this.#hint || directory === undefined || this.#isClosed) return;
    try {
      const hint = watch(directory, { persistent: false }, () => this.#soon());
      hint.on('error', () => this.#deafen());
      this.#hint = hint;
    } catch {
      // Not there yet, or no watches left: the next look tries again.
    }
  }

  #deafen(): void {
    this.#hint?.close();
    this.#hint = undefined;
  }

  #soon(): void {
    if (this.#isHinted || this.#isClosed) return;
    this.#isHinted = true;
    this.#schedule(Math.min(20, this.#options.settleMs));
  }

  #schedule(afterMs = this.#pauseMs): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#looking ??= this.#look(false).finally(() => {
        this.#looking = undefined;
        this.#schedule(this.#isHinted ? this.#options.settleMs : undefined);
      });
    }, afterMs);
    this.#timer.unref();
  }

  get #pauseMs(): number {
    const { settleMs, pollMs } = this.#options;
    if (this.#candidates.size > 0) return settleMs;
    return this.trouble === undefined ? pollMs : Math.min(pollMs, troubledPollMs);
  }

  async #look(isFirst: boolean): Promise<void> {
    const { lookMs, name, look, directory } = this.#options;
    this.#isHinted = false;
    try {
      // One that still hangs is waited for: more of them would only take more of the system's threads.
      this.#reading ??= Promise.all([look(), idOf(directory)]).finally(() => (this.#reading = undefined));
      const late = () => new Error(`${name} did not answer within ${lookMs} ms`);
      const [content, directoryId] = await withDeadline(this.#reading, lookMs, late);
      if (this.#isClosed) return;
      // One that was never there may still come; one that is gone takes no secret with it.
      if (!content && this.#wasThere) throw new Error(`${name} is gone or empty; put it back`);
      this.#wasThere = content !== undefined;
      const isReplaced = !isFirst && directoryId !== this.#directoryId;
      if (this.trouble !== undefined || isReplaced) this.#deafen();
      this.#directoryId = directoryId;
      this.#listen();
      // What changed before somebody listened there again.
      if (isReplaced) this.#soon();
      this.#checkedAt = Date.now();
      this.#compare(content ?? nothing, isFirst);
      this.#trouble.is(this.#unusableNow);
    } catch (error) {
      // What was watched may be another directory when it comes back.
      this.#deafen();
      if (!this.#isClosed) this.#trouble.is(messageOf(error));
    }
  }

  /** What stands there and cannot be used. */
  get #unusableNow(): string | undefined {
    const reasons = [...this.#unusable.values()];
    if (reasons.length === 0) return undefined;
    const more = reasons.length > mostReasons ? `; and ${reasons.length - mostReasons} more` : '';
    const before = reasons.length === 1 ? 'the value before it stays' : 'the values before them stay';
    return `${reasons.slice(0, mostReasons).join('; ')}${more}; ${before} in force`;
  }

  #compare({ values, unusable }: PlaceContent, isFirst: boolean): void {
    const marks = new Map([...values].map(([name, value]) => [name, this.#markOf(value)]));
    if (isFirst) for (const [name, mark] of marks) this.#known.set(name, mark);
    const changed: string[] = [];
    const names = new Set([...this.#known.keys(), ...marks.keys(), ...unusable.keys(), ...this.#candidates.keys()]);
    for (const name of names) {
      const reason = unusable.get(name);
      const mark = reason === undefined ? marks.get(name) : `unusable: ${reason}`;
      if (reason === undefined) this.#unusable.delete(name);
      if (mark === this.#known.get(name)) this.#candidates.delete(name);
      else if (!this.#hasSettled(name, mark)) continue;
      else if (reason !== undefined) this.#unusable.set(name, reason);
      else changed.push(name);
    }
    for (const name of changed) {
      const mark = marks.get(name);
      this.#candidates.delete(name);
      if (mark === undefined) this.#known.delete(name);
      else this.#known.set(name, mark);
    }
    if (changed.length === 0) return;
    this.#revision += 1;
    this.#options.changed(changed.sort());
  }

  #hasSettled(name: string, mark: string | undefined): boolean {
    const candidate = this.#candidates.get(name);
    const now = performance.now();
    if (candidate && candidate.mark === mark) return now - candidate.since >= this.#options.settleMs - 1;
    this.#candidates.set(name, { mark, since: now });
    return false;
  }
}

/** Which directory it is; another one may have been put in its place. */
async function idOf(directory: string | undefined): Promise<string | undefined> {
  if (directory === undefined) return undefined;
  return stat(directory).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
}
