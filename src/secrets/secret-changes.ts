import { randomBytes } from 'node:crypto';
import { sleep } from '../foundation/index.js';

/** Up to where somebody has heard of changes. Revisions of one epoch grow; those of another say nothing here. */
export interface SecretsHeard {
  readonly epoch: string;
  readonly revision: number;
}

/** What has changed since then. */
export interface SecretsChanged extends SecretsHeard {
  /** undefined: what changed is not known, and everything is to be read again. */
  readonly names: readonly string[] | undefined;
}

export interface AwaitChangesOptions {
  /** Where its last answer led to; undefined the first time, which is answered at once. */
  readonly heard: SecretsHeard | undefined;
  /** Which secrets it is told of. */
  readonly mayRead: (name: string) => boolean;
  /** It is answered after so long even if nothing has changed. */
  readonly waitMs: number;
  /** Answered at once when it aborts. */
  readonly signal: AbortSignal;
}

/** Who missed more than this is told to read everything again. */
const mostNames = 1_000;

/** Remembers which secrets have other values than before, or none any more, in an order that others can follow. */
export class SecretChanges {
  /** Another one in every process. */
  readonly #epoch = randomBytes(8).toString('hex');
  /** When each has changed last, the one that did longest ago first. */
  readonly #changedAt = new Map<string, number>();
  readonly #waiting = new Set<AbortController>();
  #revision = 0;
  /** What changed until then may have been forgotten. */
  #forgotten = 0;

  note(name: string): void {
    this.#revision += 1;
    this.#changedAt.delete(name);
    this.#changedAt.set(name, this.#revision);
    const [oldest] = this.#changedAt;
    if (this.#changedAt.size > mostNames && oldest) {
      this.#changedAt.delete(oldest[0]);
      this.#forgotten = oldest[1];
    }
    for (const waiting of this.#waiting) waiting.abort();
  }

  /** What has changed since `heard`, as soon as something has. */
  async next({ heard, mayRead, waitMs, signal }: AwaitChangesOptions): Promise<SecretsChanged> {
    const until = performance.now() + waitMs;
    let changed = this.#since(heard, mayRead);
    while (changed.names?.length === 0 && !signal.aborted) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) break;
      const waiting = new AbortController();
      this.#waiting.add(waiting);
      await sleep(leftMs, AbortSignal.any([waiting.signal, signal]));
      this.#waiting.delete(waiting);
      changed = this.#since(changed, mayRead);
    }
    return changed;
  }

  #since(heard: SecretsHeard | undefined, mayRead: (name: string) => boolean): SecretsChanged {
    const now = { epoch: this.#epoch, revision: this.#revision };
    if (heard?.epoch !== this.#epoch || heard.revision < this.#forgotten) return { ...now, names: undefined };
    const later = [...this.#changedAt].filter(([name, revision]) => revision > heard.revision && mayRead(name));
    return { ...now, names: later.map(([name]) => name) };
  }
}
