/** The program of a worker thread: one PGlite, whose statements block this thread and no other. */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { pgliteExtensions } from './pglite-extensions.js';
import type { PgliteFailure, PgliteOptions, PgliteReply, PgliteRequest } from './pglite-messages.js';

const port = parentPort!;
const { directory } = workerData as PgliteOptions;

function reply(message: PgliteReply, transferred: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transferred);
}

function failureOf(error: unknown): PgliteFailure {
  const { message, code } = error as { message?: unknown; code?: unknown };
  // The file system of PGlite throws what is no Error.
  const text = typeof message === 'string' ? message : JSON.stringify(error);
  return { message: text, ...(typeof code === 'string' && { code }) };
}

async function answer(server: PGlite, request: PgliteRequest): Promise<void> {
  if (request.kind === 'close') {
    await server.close();
    return port.close();
  }
  // What it hands over is only valid during the call.
  const onRawData = (part: Uint8Array) => {
    const bytes = new Uint8Array(part);
    reply({ kind: 'answer', bytes }, [bytes.buffer]);
  };
  try {
    await server.execProtocolRawStream(request.messages, { onRawData });
    reply({ kind: 'done' });
  } catch (error) {
    reply({ kind: 'done', failure: failureOf(error) });
  }
}

try {
  const server = await PGlite.create({
    extensions: pgliteExtensions,
    ...(directory !== undefined && { dataDir: directory }),
  });
  let last = Promise.resolve();
  port.on('message', (request: PgliteRequest) => {
    last = last.then(() => answer(server, request));
  });
  reply({ kind: 'opened' });
} catch (error) {
  reply({ kind: 'open-failed', failure: failureOf(error) });
}
