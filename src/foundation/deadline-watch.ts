import { startDeadline } from './deadline.js';

/** Watches the deadlines of many calls with one timer: setting one for each call would cost more than all the rest of it. */
export class DeadlineWatch {
  readonly #expire: (now: number) => number;
  #stopTimer: (() => void) | undefined;
  #timerAt = Infinity;

  /** `expire` ends what is due at `now`, and returns when the next is due: Infinity for never. Times are of `performance.now`. */
  constructor(expire: (now: number) => number) {
    this.#expire = expire;
  }

  /** One that is settled before need not be taken out: `expire` finds nothing then. */
  add(dueAt: number): void {
    if (dueAt >= this.#timerAt) return;
    this.#timerAt = dueAt;
    this.#stopTimer?.();
    const waitMs = Math.max(dueAt - performance.now(), 0);
    this.#stopTimer = startDeadline(waitMs, () => this.#wake(), { keepsAlive: false });
  }

  stop(): void {
    this.#stopTimer?.();
    this.#timerAt = Infinity;
  }

  #wake(): void {
    this.#timerAt = Infinity;
    this.add(this.#expire(performance.now()));
  }
}
