import { Deferred, settlesWithin } from '../foundation/index.js';

/** Counts the answers that are being made or sent, so that a session does not close before they have left. */
export class PendingAnswers {
  #count = 0;
  #none: Deferred<void> | undefined;

  /** `answer` never rejects. */
  track(answer: Promise<void>): void {
    this.#count += 1;
    void answer.then(() => {
      this.#count -= 1;
      if (this.#count === 0) this.#none?.resolve();
    });
  }

  /** Resolves when there are none, after `ms` at the latest. */
  async settle(ms: number): Promise<void> {
    if (this.#count > 0) await settlesWithin((this.#none ??= new Deferred<void>()).promise, ms);
  }
}
