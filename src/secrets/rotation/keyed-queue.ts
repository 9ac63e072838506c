import { SerialQueue } from './serial-queue.js';

/**
 * Runs works that share a key one after another, and others at once. A work may have several keys: they are taken in
 * sorted order, so that two works never wait for each other. Works of the same keys run in the order asked.
 */
export class KeyedQueue {
  readonly #queues = new Map<string, SerialQueue>();

  /** `longest` bounds what may wait or run for one key; one more is refused as `SerialQueue` does, naming `what(key)`. */
  constructor(
    private readonly what: (key: string) => string,
    private readonly longest = 16,
  ) {}

  run<T>(keys: Iterable<string>, work: () => Promise<T>): Promise<T> {
    return this.#run([...new Set(keys)].sort(), work);
  }

  /** Resolves when everything that was queued so far has ended. */
  async idle(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.idle()));
  }

  async #run<T>([key, ...rest]: readonly string[], work: () => Promise<T>): Promise<T> {
    if (key === undefined) return work();
    const queue = this.#queues.get(key) ?? new SerialQueue(this.what(key), this.longest);
    this.#queues.set(key, queue);
    try {
      return await queue.run(() => this.#run(rest, work));
    } finally {
      if (queue.isIdle && this.#queues.get(key) === queue) this.#queues.delete(key);
    }
  }
}
