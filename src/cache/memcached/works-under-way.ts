import { Deferred, settlesWithin } from '../../foundation/index.js';

/** Counts works from their begin to their end: a Set of their promises would cost a read more than most else. */
export class WorksUnderWay {
  #count = 0;
  #idle: Deferred<void> | undefined;

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Waits for their end, for so long at most. */
  async ended(withinMs: number): Promise<void> {
    if (this.#count === 0) return;
    this.#idle ??= new Deferred();
    await settlesWithin(this.#idle.promise, withinMs);
  }
}
