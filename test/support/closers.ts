import { afterEach } from '@jest/globals';

/** Ends what a test opened: the last one first, and all of it whatever fails. */
export class Closers {
  readonly #closes: (() => unknown)[] = [];

  push(...closes: readonly (() => unknown)[]): void {
    this.#closes.push(...closes);
  }

  /** Closes the resource, too; gives it back. */
  use<T extends { close(): unknown }>(resource: T): T {
    this.push(() => resource.close());
    return resource;
  }

  /** Rejects as the first that could not be closed, when all have been tried. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closes.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Closes after each test of the file, or of the `describe` that it is called in. */
export function closersAfterEach(): Closers {
  const closers = new Closers();
  afterEach(() => closers.close());
  return closers;
}
