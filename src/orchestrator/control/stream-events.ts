import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Answers with one line of JSON per event, as fast as the far end reads. Resolves when either has ended. */
export async function streamEvents(response: ServerResponse, events: AsyncIterable<object>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', connection: 'close' });
  response.flushHeaders();
  for await (const event of events) {
    const hasRoom = response.write(`${JSON.stringify(event)}\n`);
    if (response.destroyed) return;
    if (!hasRoom) await drained(response);
  }
  response.end();
}

async function drained(response: ServerResponse): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    settled.abort();
  }
}
