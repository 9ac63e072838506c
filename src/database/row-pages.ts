import type { DatabaseCaller } from './database-caller.js';
import type { ParamsOf } from './database-calls.js';
import type { CallOptions, RowData } from './database-link.js';

const rowsAtOnce = 100;

/** The rows of a statement in the orchestrator's hands. The next page is asked for when the reader is through with one. */
export async function* pagesOf(
  caller: DatabaseCaller,
  statement: ParamsOf<'stream_open'>,
  options: CallOptions,
): AsyncGenerator<readonly RowData[]> {
  const streamId = await caller.call('stream_open', statement, options);
  let isOpen = true;
  try {
    while (isOpen) {
      const { rows, isLast } = await caller.call('stream_fetch', { streamId, count: rowsAtOnce }, options);
      isOpen = !isLast;
      yield rows;
    }
  } finally {
    if (isOpen) await caller.call('stream_close', { streamId }).catch(() => undefined);
  }
}

export async function* rowsOf(...call: Parameters<typeof pagesOf>): AsyncGenerator<RowData> {
  for await (const page of pagesOf(...call)) yield* page;
}
