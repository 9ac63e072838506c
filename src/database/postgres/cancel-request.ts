import type { Duplex } from 'node:stream';
import { withDeadline } from '../../foundation/index.js';

/** What of pg's client its types leave out: how another connection names its statement. */
export interface CancelTarget {
  readonly processID: number;
  readonly secretKey: number;
  readonly ssl: unknown;
  readonly host: string;
  readonly port: number;
}

/** What of pg's own connection a request to cancel needs. */
interface CancelConnection {
  readonly stream: Duplex;
  once(event: string, listener: (error?: unknown) => void): void;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secret: number): void;
}

/**
 * Ends what a connection runs, over the connection of `client`, which was not connected. Resolves when the server has
 * taken it, which it says by closing; rejects when it cannot be reached or does not within `deadlineMs`.
 */
export async function requestCancel(target: CancelTarget, client: object, deadlineMs: number): Promise<void> {
  const { processID, secretKey, ssl, host, port } = target;
  const { connection } = client as { readonly connection: CancelConnection };
  const taken = new Promise<void>((resolve, reject) => {
    connection.once('error', reject);
    connection.once('end', () => resolve());
    connection.once('connect', () => (ssl ? connection.requestSsl() : connection.cancel(processID, secretKey)));
    connection.once('sslconnect', () => connection.cancel(processID, secretKey));
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
  try {
    await withDeadline(taken, deadlineMs, () => new Error(`a statement could not be ended within ${deadlineMs} ms`));
  } finally {
    connection.stream.destroy();
  }
}
