/** So many keys are read at once, so that no answer waits for a very long one. */
const maxKeys = 64;
/** What such an answer holds, when values are as long as the last ones were: long values gain nothing by it. */
const bytesTogether = 256 * 1024;

interface Read<V> {
  readonly key: string;
  readonly resolve: (value: V | null) => void;
  readonly reject: (error: unknown) => void;
}

/** How values are read. null: there is none. */
export interface ReadWays<V extends Uint8Array> {
  one(key: string): Promise<V | null>;
  /** In the order of the keys. undefined: what it is this does not tell. */
  many(keys: readonly string[]): Promise<readonly (V | null | undefined)[]>;
  /** Whether none of those that `many` did not tell is there; false: each is read by `untold`. */
  areNone(keys: readonly string[]): Promise<boolean>;
  untold(key: string): Promise<V | null>;
  /** Whether each is read by itself when `many` failed so; else all of them fail. */
  areReadApart(error: unknown): boolean;
}

/**
 * Reads of one turn of the event loop as one, which costs all sides far less, and answers the same. How long a read may
 * take is its caller's.
 */
export class MergedReads<V extends Uint8Array> {
  readonly #ways: ReadWays<V>;
  #waiting: Read<V>[] = [];
  #maxKeys = maxKeys;

  constructor(ways: ReadWays<V>) {
    this.#ways = ways;
  }

  get(key: string): Promise<V | null> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.push({ key, resolve, reject });
      if (waiting >= this.#maxKeys) this.flush();
      else if (waiting === 1) process.nextTick(() => this.flush());
    });
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const reads = this.#waiting;
    if (reads.length === 0) return;
    this.#waiting = [];
    if (reads.length === 1) this.#readEach(reads);
    else void this.#readTogether(reads);
  }

  async #readTogether(reads: readonly Read<V>[]): Promise<void> {
    const open: Read<V>[] = [];
    try {
      const values = await this.#ways.many(keysOf(reads));
      let bytes = 0;
      for (const [index, read] of reads.entries()) {
        const value = values[index];
        if (value === undefined) open.push(read);
        else read.resolve(value);
        if (value) bytes += value.byteLength;
      }
      this.#fit(bytes / reads.length);
      if (open.length === 0) return;
      if (!(await this.#ways.areNone(keysOf(open)))) this.#readUntold(open);
      else for (const { resolve } of open) resolve(null);
    } catch (error) {
      // What was resolved before is left as it is.
      if (!this.#ways.areReadApart(error)) for (const { reject } of reads) reject(error);
      else if (open.length > 0) this.#readUntold(open);
      else this.#readEach(reads);
    }
  }

  #readUntold(reads: readonly Read<V>[]): void {
    this.#readEach(reads, (key) => this.#ways.untold(key));
  }

  #readEach(reads: readonly Read<V>[], read = (key: string) => this.#ways.one(key)): void {
    for (const { key, resolve, reject } of reads)
      read(key).then((value) => {
        this.#fit(value?.byteLength ?? 0);
        resolve(value);
      }, reject);
  }

  #fit(bytesOfOne: number): void {
    this.#maxKeys = Math.max(1, Math.min(maxKeys, Math.floor(bytesTogether / bytesOfOne)));
  }
}

function keysOf(reads: readonly { readonly key: string }[]): string[] {
  return reads.map(({ key }) => key);
}
