import { messageOf } from '../foundation/index.js';

/** Something with connections. */
export interface Resource {
  close(): Promise<void>;
}

/** Named resources that open when first asked for and close together. A failed opening is tried again next time. */
export class LazyResources<T extends Resource> {
  readonly #open: (name: string, part: string) => Promise<T>;
  readonly #opened = new Map<string, Promise<T>>();
  #isClosed = false;

  constructor(open: (name: string, part: string) => Promise<T>) {
    this.#open = open;
  }

  /** One for each `part` of a name, where there are any. */
  get(name: string, part = ''): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error(`'${name}' is closed: the orchestrator is stopping`));
    const key = JSON.stringify([name, part]);
    const opened = this.#opened.get(key) ?? this.#open(name, part);
    this.#opened.set(key, opened);
    opened.catch(() => {
      if (this.#opened.get(key) === opened) this.#opened.delete(key);
    });
    return opened;
  }

  /** Closes every opened resource, also after one could not be closed; then rejects with what failed. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = [...this.#opened.values()].map(async (resource) => {
      // What could not be opened needs no closing, and has told so to whoever asked.
      const ready = await resource.catch(() => undefined);
      await ready?.close();
    });
    this.#opened.clear();
    const failures = (await Promise.allSettled(opened)).flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join('; '));
  }
}
