import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach } from '@jest/globals';
import { withDeadline } from '../../src/foundation/index.js';
import { type HttpServer, serveHttp, type ServeHttpOptions } from '../../src/http/index.js';
import { recordingLogger } from '../unit/http/app-of.js';

const open: HttpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close({ graceMs: 0 });
});

/** Serves on a free port until the test ends. */
export async function serving(fetch: ServeHttpOptions['fetch'], options: Partial<ServeHttpOptions> = {}) {
  const logger = recordingLogger();
  const server = await serveHttp({ fetch, logger, ...options });
  open.push(server);
  return { server, logger };
}

/** Fails when `work` takes longer than 5 s. */
export const soon = <T>(work: PromiseLike<T>, what: string) =>
  withDeadline(work, 5_000, () => new Error(`${what} did not happen`));
/** A stream that never ends. */
export const endlessStream = (first = '') =>
  new ReadableStream({ start: (controller) => (first ? controller.enqueue(Buffer.from(first)) : undefined) });

/** A connection by hand, its first bytes sent. */
export async function rawConnection(port: number, head: string) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(head);
  return socket;
}
