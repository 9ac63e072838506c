import { messageOf } from '../foundation/index.js';

/** Something with connections. */
export interface Resource {
  close(): Promise<void>;
}

/** Named resources that open when first asked for and close together. A failed opening is tried again next time. */
export class LazyResources<T extends Resource> {
  readonly #open: (name: string) => Promise<T>;
  readonly #opened = new Map<string, Promise<T>>();
  #isClosed = false;

  constructor(open: (name: string) => Promise<T>) {
    this.#open = open;
  }

  get(name: string): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error(`'${name}' is closed: the orchestrator is stopping`));
    const opened = this.#opened.get(name) ?? this.#open(name);
    this.#opened.set(name, opened);
    opened.catch(() => {
      if (this.#opened.get(name) === opened) this.#opened.delete(name);
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
