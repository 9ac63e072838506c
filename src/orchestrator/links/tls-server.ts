import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsFiles } from '../config/channels.js';

const handshakeMs = 5_000;

/**
 * A server with the certificate of these files, where `clientCa` is named only for who shows one that it signed.
 * `refused` hears why a connection came to nothing, and what helps. Rejects when a file cannot be read or used.
 */
export async function createTlsServer(
  files: Pick<TlsFiles, 'cert' | 'key' | 'clientCa'>,
  accept: (socket: TLSSocket) => void,
  refused: (reason: string, from: string | undefined) => void,
): Promise<Server> {
  const [{ createServer }, cert, key, ca] = await Promise.all([
    import('node:tls'),
    readFile(files.cert, 'utf8'),
    readFile(files.key, 'utf8'),
    files.clientCa === undefined ? undefined : readFile(files.clientCa, 'utf8'),
  ]);
  const isMutual = ca !== undefined;
  const options = { cert, key, minVersion: 'TLSv1.2', requestCert: isMutual, rejectUnauthorized: isMutual } as const;
  const server = createServer({ ...options, ...(isMutual && { ca }), handshakeTimeout: handshakeMs }, accept);
  server.on('tlsClientError', (error, socket) => refused(whyRefused(error, socket), socket.remoteAddress));
  return server;
}

function whyRefused(error: Error & { code?: string; reason?: string }, { authorizationError }: TLSSocket): string {
  // A code, whatever the typings say.
  if (authorizationError)
    return `its certificate is not accepted (${String(authorizationError)}): it must be signed by clientCa, and not have expired`;
  switch (error.code) {
    case 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE':
      return 'it showed no certificate: give it a cert and a key that clientCa signed, or leave clientCa out';
    case 'ECONNRESET':
      return 'it left in the handshake: it may not accept this certificate; look at its authority, its hosts and its expiry';
    case 'ERR_SSL_HTTP_REQUEST':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'it does not speak TLS: its address needs the scheme tls://';
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
      return 'it only speaks TLS older than 1.2: update its TLS library';
    case 'ERR_TLS_HANDSHAKE_TIMEOUT':
      return `it did not finish its handshake within ${handshakeMs / 1_000} s`;
    default:
      return error.reason ?? error.message;
  }
}
