import { Backoff, type Logger, messageOf, PyWattError, sleep, WireError } from '../foundation/index.js';
import {
  type SecretsChanged,
  type SecretsHeard,
  type SecretWatch,
  valueMarks,
  WatchTrouble,
} from '../secrets/index.js';
import type { WatchOptions } from './wire-secret-source.js';

export interface StandaloneWatchOptions {
  readonly name: string;
  /** See `WireSecretSource.watch`. */
  readonly ask: (heard: SecretsHeard | undefined, options: WatchOptions) => Promise<SecretsChanged | undefined>;
  /** The values of all secrets that this process was given; undefined for one that is not there any more. */
  readonly read: () => Promise<ReadonlyMap<string, string | undefined>>;
  /** Those of them that could not be read by then, because they are granted to this process no more. */
  readonly withheld: () => readonly string[];
  /** How often they are read where the orchestrator does not tell of changes; where it does, a shorter time is its heartbeat. */
  readonly pollMs: number;
  readonly changed: (names: readonly string[]) => void;
  readonly logger: Logger | undefined;
}

const longestWaitMs = 20_000;
/** How long it waits with a token that was refused: more tries have an address blocked. */
const refusedMs = 30_000;
const retries = { maxMs: 5_000 };
/** How much later than its time an answer may come. */
const graceMs = 15_000;

/**
 * Asks an orchestrator again and again what has changed; it answers at once when something has, and else after a while,
 * so that silence is noticed. After a connection that was lost it goes on where it was; with another orchestrator, or one
 * that cannot tell, all values are compared with those of before.
 */
export class StandaloneWatch implements SecretWatch {
  readonly name: string;
  revision = 0;
  checkedAt = Date.now();
  readonly #options: StandaloneWatchOptions;
  readonly #waitMs: number;
  readonly #markOf = valueMarks();
  readonly #marks = new Map<string, string | undefined>();
  readonly #closing = new AbortController();
  readonly #trouble: WatchTrouble;
  #heard: SecretsHeard | undefined;
  #isPolling = false;
  #hasFailed = false;
  #backoff = new Backoff(retries);
  #running: Promise<void> | undefined;

  private constructor(options: StandaloneWatchOptions) {
    this.#options = options;
    this.#waitMs = Math.min(options.pollMs, longestWaitMs);
    this.name = options.name;
    this.#trouble = new WatchTrouble(options.name, options.logger);
  }

  /** Resolves once the orchestrator has answered, or could not be asked, which `trouble` then tells. */
  static async start(options: StandaloneWatchOptions): Promise<StandaloneWatch> {
    const watch = new StandaloneWatch(options);
    const pauseMs = await watch.#ask(true);
    watch.#running = watch.#run(pauseMs);
    return watch;
  }

  get staleAfterMs(): number {
    return (this.#isPolling ? this.#options.pollMs : this.#waitMs) + graceMs;
  }

  get trouble(): string | undefined {
    return this.#trouble.now;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(firstPauseMs: number): Promise<void> {
    const { signal } = this.#closing;
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      if (pauseMs > 0) await sleep(pauseMs, signal);
      if (!signal.aborted) pauseMs = await this.#ask(false);
    }
  }

  /** Resolves with how long to wait before the next time. */
  async #ask(isFirst: boolean): Promise<number> {
    const { signal } = this.#closing;
    try {
      // After a failure the first answer is what tells that all is well.
      const waitMs = this.#hasFailed ? 0 : this.#waitMs;
      const change = await this.#options.ask(this.#heard, { waitMs, signal });
      const names = change?.names ? this.#changed(change.names) : await this.#compare(isFirst);
      if (signal.aborted) return 0;
      this.#isPolling = change === undefined;
      this.#heard = change;
      this.checkedAt = Date.now();
      this.#hasFailed = false;
      this.#trouble.is(this.#missing);
      this.#backoff = new Backoff(retries);
      this.#tell(names);
      return this.#isPolling ? this.#options.pollMs : 0;
    } catch (error) {
      this.#hasFailed = true;
      if (!signal.aborted) this.#trouble.is(messageOf(error));
      return isRefused(error) ? refusedMs : this.#backoff.next(0);
    }
  }

  /** What it is told of no more, although it goes on with what it had of it. */
  get #missing(): string | undefined {
    const names = this.#options.withheld();
    if (names.length === 0) return undefined;
    return `${names.join(', ')} is granted to this process no more: it goes on with the last value; list it under standalone.secrets of the orchestrator, or start the process without it`;
  }

  #tell(names: readonly string[]): void {
    if (names.length === 0) return;
    this.revision += 1;
    this.#options.changed(names);
  }

  /** What they are by now is read by whoever is told. */
  #changed(names: readonly string[]): readonly string[] {
    for (const name of names) this.#marks.delete(name);
    return names;
  }

  /** The names whose values are others than when they were last compared; what is new counts as changed. */
  async #compare(isFirst: boolean): Promise<string[]> {
    const changed: string[] = [];
    for (const [name, value] of await this.#options.read()) {
      const mark = value === undefined ? undefined : this.#markOf(value);
      if (!isFirst && !(this.#marks.has(name) && this.#marks.get(name) === mark)) changed.push(name);
      this.#marks.set(name, mark);
    }
    return changed;
  }
}

function isRefused(error: unknown): boolean {
  return PyWattError.is(error) && WireError.is(error.cause) && error.cause.code === 'PEER_REFUSED';
}
