import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';

/** The rows of a driver's stream. Rejects when its connection ends, of which the streams of pg and mysql2 never tell. */
export async function* rowsUntilLost(
  rows: Readable,
  connection: EventEmitter,
): AsyncGenerator<Record<string, unknown>, void> {
  let lost: Error | undefined;
  let fail: (error: Error) => void = () => undefined;
  const onLost = (error?: Error) => fail((lost ??= error ?? new Error('Connection terminated unexpectedly')));
  connection.once('error', onLost).once('end', onLost);
  const source = rows[Symbol.asyncIterator]() as AsyncIterator<Record<string, unknown>>;
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Record<string, unknown>>>((resolve, reject) => {
        if (lost) return reject(lost);
        fail = reject;
        source.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    connection.off('error', onLost).off('end', onLost);
    rows.on('error', () => undefined).destroy();
    // Without a connection nobody answers to what closes the cursor.
    if (!lost) await source.return?.();
  }
}
