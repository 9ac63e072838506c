import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import type { LinkAddress } from '../../../src/wire/index.js';
import { until } from './channel-case.js';

export type ListenKind = 'unix' | 'tcp' | 'tls' | 'mutual tls';

const pem = (name: string) => readFile(resolve(import.meta.dirname, '../../fixtures/tls', name), 'utf8');

/** Listens on a socket or port of its own; `address` is how a module reaches it. */
export async function listenAt(kind: ListenKind, onSocket: (socket: Socket) => void = () => undefined) {
  const sockets: Socket[] = [];
  const accept = (socket: Socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
    onSocket(socket);
  };
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-'));
  const path = join(directory, 'channel.sock');
  const server = kind === 'unix' || kind === 'tcp' ? createServer(accept) : await tlsServer(kind, accept);
  await new Promise<void>((done) =>
    kind === 'unix' ? server.listen(path, done) : server.listen(0, '127.0.0.1', done),
  );
  const { port } = server.address() as { port: number };
  return {
    address: await addressFor(kind, path, port),
    /** The last connection, once there is one. */
    accepted: async () => {
      await until(() => sockets.length > 0, 'it is connected');
      return sockets.at(-1)!;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function tlsServer(kind: 'tls' | 'mutual tls', accept: (socket: Socket) => void): Promise<Server> {
  const [cert, key, ca] = await Promise.all(['orchestrator.pem', 'orchestrator.key', 'authority.pem'].map(pem));
  const isMutual = kind === 'mutual tls';
  return createTlsServer({ cert, key, ca, requestCert: isMutual, rejectUnauthorized: isMutual }, accept);
}

async function addressFor(kind: ListenKind, path: string, port: number): Promise<LinkAddress> {
  if (kind === 'unix') return { kind, path };
  const where = { host: '127.0.0.1', port };
  if (kind === 'tcp') return { kind, ...where };
  const [ca, cert, key] = await Promise.all(['authority.pem', 'module.pem', 'module.key'].map(pem));
  return { kind: 'tls', ...where, tls: { ca: ca!, ...(kind === 'mutual tls' && { cert: cert!, key: key! }) } };
}
