import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Logger, messageOf } from '../foundation/index.js';
import { HttpError } from './http-error.js';
import { type HttpFetch, nodeListener } from './node-bridge.js';

export interface ServeHttpOptions {
  /** Answers one request; `HttpApp.fetch`. */
  readonly fetch: HttpFetch;
  /** An address or name of this machine. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
  readonly logger: Logger;
}

/** A server that listens; whoever started it closes it. Disposal closes it with the default grace. */
export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:1234` */
  readonly address: string;
  readonly port: number;
  /** The address and port it is bound to, `127.0.0.1:1234` or `[::1]:1234`; never a name. */
  readonly bound: string;
  /**
   * Stops accepting and ends idle connections at once, waits at most `graceMs` (default 5000) for requests in flight,
   * then ends their connections. A later call can only shorten the wait.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Serves HTTP on a port. Throws `HttpError` LISTEN_FAILED when it cannot listen there. */
export async function serveHttp({
  fetch,
  host = '127.0.0.1',
  port = 0,
  logger,
}: ServeHttpOptions): Promise<HttpServer> {
  const server = createServer(nodeListener(fetch, logger));
  const connections = trackConnections(server);
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw listenFailed(host, port, error);
  }
  server.on('error', (error) => logger.error('the HTTP server failed', { error }));
  const bound = server.address() as AddressInfo;
  let closed: Promise<unknown> | undefined;
  const close = async ({ graceMs = 5_000 } = {}) => {
    closed ??= stopAccepting(server);
    const overdue = setTimeout(() => {
      for (const socket of connections.keys()) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(overdue);
  };
  return {
    address: `http://${withPort(host, bound.port)}`,
    port: bound.port,
    bound: withPort(bound.address, bound.port),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function withPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** How many answers each open connection still owes. */
type Connections = ReadonlyMap<Socket, number>;

function trackConnections(server: Server): Connections {
  const owed = new Map<Socket, number>();
  server.on('connection', (socket) => {
    owed.set(socket, 0);
    socket.once('close', () => owed.delete(socket));
  });
  server.on('request', ({ socket }, outgoing) => {
    owed.set(socket, (owed.get(socket) ?? 0) + 1);
    outgoing.once('close', () => {
      if (!owed.has(socket)) return;
      owed.set(socket, owed.get(socket)! - 1);
      if (!server.listening && owed.get(socket) === 0) socket.destroySoon();
    });
  });
  // Node's own takes a connection for idle once its answer is written, though not yet sent, and would cut it short.
  server.closeIdleConnections = () => {
    for (const [socket, count] of owed) if (count === 0) socket.destroy();
  };
  return owed;
}

/** Resolves when the last connection has ended. */
function stopAccepting(server: Server): Promise<unknown> {
  const closed = once(server, 'close');
  server.close();
  return closed;
}

function listenFailed(host: string, port: number, cause: unknown): HttpError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const reasons: Record<string, string> = {
    EADDRINUSE: 'the port is taken; stop what listens there, or set PORT to another (0 takes any that is free)',
    EACCES: 'this user may not listen on that port; set PORT to one above 1023',
    EADDRNOTAVAIL: 'this machine does not have that address; correct HOST',
    ENOTFOUND: 'the name cannot be resolved; correct HOST',
  };
  const details = { host, port, errno: code };
  return new HttpError('LISTEN_FAILED', `cannot listen on ${host}:${port}: ${reasons[code] ?? messageOf(cause)}`, {
    details,
    cause,
  });
}
