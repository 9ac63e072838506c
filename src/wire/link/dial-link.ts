import { connect as connectSocket, type Socket } from 'node:net';
import { type HostPort, messageOf, readHostPort, WireError, withDeadline } from '../../foundation/index.js';
import type { LinkChannel } from './link-channel.js';
import { LinkConnection } from './link-connection.js';
import type { Welcome } from './link-messages.js';
import { isLinkProof, linkProof, newNonce } from './link-proof.js';
import { hashOfTicket } from './link-ticket.js';

/** Where the other end of a link listens. */
export type LinkAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly tls: LinkTls };

/** PEM texts. `ca` signs the certificate of the orchestrator; `cert` and `key` show who the module is. */
export interface LinkTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name the orchestrator's certificate must have. Default: the address. */
  readonly serverName?: string;
}

export interface DialLinkOptions {
  readonly launch: string;
  readonly token: string;
  /** For a module that a new orchestrator may take over. */
  readonly reattach?: LinkReattach | undefined;
  /** For the connection and for each step of the handshake. Default 5 s. */
  readonly timeoutMs?: number;
}

export interface LinkReattach {
  readonly ticket: string;
  /** A new orchestrator has taken the launch over: the link of the session with it, which carries on at once. */
  adopt(renewed: { readonly token: string; readonly ticket: string }): LinkChannel;
}

/**
 * Connects a link, as the module; or, where a new orchestrator listens, the link that `reattach.adopt` returns. Rejects with PEER_REFUSED when the other end does not know the launch or does not
 * itself know the token, CONNECTION when nobody answers there or its certificate is not the right one.
 */
export async function dialLink(
  link: LinkChannel,
  address: LinkAddress,
  options: DialLinkOptions,
): Promise<'joined' | 'adopted'> {
  const { launch, token, reattach, timeoutMs = 5_000 } = options;
  const socket = await connectTo(address, timeoutMs);
  const connection = new LinkConnection(socket, address.kind, timeoutMs);
  try {
    const nonce = newNonce();
    connection.say({ link: 'hello', launch, nonce });
    const challenge = await connection.expect('challenge');
    const isAdoption = challenge.adopts === true && reattach !== undefined;
    const known = isAdoption ? hashOfTicket(reattach.ticket) : token;
    const shown: unknown[] = [challenge.proof, ...(Array.isArray(challenge.alsoProofs) ? challenge.alsoProofs : [])];
    if (!shown.some((proof) => isLinkProof(proof, known, 'orchestrator', challenge.nonce, nonce)))
      throw new WireError('PEER_REFUSED', `who listens at ${describeAddress(address)} does not know this launch`);
    if (isAdoption) {
      connection.say({ link: 'ticket', ticket: reattach.ticket });
      await connection.joinWhenWelcome((welcome) => adoptedLink(welcome, reattach));
      return 'adopted';
    }
    const proof = linkProof(token, 'module', nonce, challenge.nonce);
    // What still came over another connection after this count was told would come twice.
    link.suspend();
    connection.say({ link: 'proof', proof, received: link.received });
    await connection.joinWhenWelcome(() => link);
    return 'joined';
  } catch (error) {
    await connection.channel.close();
    throw error;
  }
}

function adoptedLink({ token, ticket }: Welcome, reattach: LinkReattach): LinkChannel {
  if (typeof token === 'string' && typeof ticket === 'string') return reattach.adopt({ token, ticket });
  throw new WireError('MESSAGE_INVALID', 'the orchestrator took the ticket and gave no new one');
}

/** Whether somebody accepts connections there, with the right certificate. Rejects as `dialLink` does. */
export async function reachable(address: LinkAddress, timeoutMs = 5_000): Promise<void> {
  (await connectTo(address, timeoutMs)).destroy();
}

/** Where a TCP channel of the init line leads. Throws `WireError` MESSAGE_INVALID for what is no address with a port. */
export function addressOf(text: string): HostPort {
  const address = readHostPort(text);
  if (address) return address;
  throw new WireError('MESSAGE_INVALID', `the address of a channel is '${text}': not an address with a port`);
}

export function describeAddress(address: LinkAddress): string {
  return address.kind === 'unix' ? address.path : `${address.kind}://${address.host}:${address.port}`;
}

/** Connects a socket. Rejects with CONNECTION, naming the address and the reason. */
export async function connectTo(address: LinkAddress, timeoutMs: number): Promise<Socket> {
  const where = describeAddress(address);
  const fail = (reason: string, cause?: unknown) =>
    new WireError('CONNECTION', `no connection to ${where}: ${reason}`, { retryable: true, cause });
  const socket = await socketTo(address);
  const connecting = new Promise<Socket>((resolve, reject) => {
    socket.once(address.kind === 'tls' ? 'secureConnect' : 'connect', () => resolve(socket));
    socket.once('error', (error) => reject(fail(messageOf(error), error)));
    socket.once('close', () => reject(fail('it was closed')));
  });
  try {
    return await withDeadline(connecting, timeoutMs, () => fail(`nobody answered within ${timeoutMs} ms`));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function socketTo(address: LinkAddress): Promise<Socket> {
  if (address.kind === 'unix') return connectSocket(address.path);
  const { host, port } = address;
  if (address.kind === 'tcp') return connectSocket({ host, port, noDelay: true });
  // Only where it is asked for: it takes longer to load than everything else of a channel.
  const { connect } = await import('node:tls');
  const { ca, cert, key, serverName } = address.tls;
  return connect({
    host,
    port,
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  });
}
