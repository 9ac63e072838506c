import { SecretError } from '../secret-error.js';

/** Runs works one after another; what one throws goes to its own caller. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** At most `longest` works wait or run; one more is refused with `SecretError` ROTATION_BUSY, naming `what`. */
  constructor(
    private readonly what: string,
    private readonly longest = 16,
  ) {}

  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.longest) {
      const message = `${this.longest} rotations of ${this.what} are waiting already; try again when they are through`;
      return Promise.reject(new SecretError('ROTATION_BUSY', message, { retryable: true }));
    }
    this.#waiting++;
    const turn = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when everything that was queued so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
