import { randomUUID } from 'node:crypto';
import { DatabaseError } from './database-error.js';
import type { RowData } from './database-link.js';

/** Some rows of a stream, and whether there are no more. */
export interface RowPage {
  readonly rows: readonly RowData[];
  readonly isLast: boolean;
}

const maxStreams = 100;

/** The streams that one module reads page by page. */
export class BrokerStreams {
  readonly #open = new Map<string, AsyncIterator<RowData>>();

  open(rows: AsyncIterable<RowData>): string {
    if (this.#open.size >= maxStreams)
      throw new DatabaseError('POOL', `${maxStreams} streams of this connection are open: read or close some first`);
    const id = randomUUID();
    this.#open.set(id, rows[Symbol.asyncIterator]());
    return id;
  }

  async fetch(id: string, count: number): Promise<RowPage> {
    const stream = this.#open.get(id);
    if (!stream) throw new DatabaseError('QUERY', `there is no open stream '${id}'; it has ended or was closed`);
    const rows: RowData[] = [];
    try {
      while (rows.length < count) {
        const next = await stream.next();
        if (next.done) {
          this.#open.delete(id);
          return { rows, isLast: true };
        }
        rows.push(next.value);
      }
      return { rows, isLast: false };
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
  }

  async close(id: string): Promise<void> {
    const stream = this.#open.get(id);
    this.#open.delete(id);
    await stream?.return?.();
  }

  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#open.keys()].map((id) => this.close(id)));
  }
}
