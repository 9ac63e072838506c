import type { Duplex } from 'node:stream';
import { WireError } from '../../foundation/index.js';
import type { ChannelKind } from '../channel.js';
import type { LinkChannel } from './link-channel.js';
import { LinkConnection } from './link-connection.js';
import { isLinkProof, linkProof, newNonce } from './link-proof.js';
import { isTicket } from './link-ticket.js';

/** A launch that may connect. */
export interface ExpectedLink {
  readonly token: string;
  /** Those of before that are still accepted. Default: none. */
  readonly alsoTokens?: readonly string[];
  readonly link: LinkChannel;
}

/** A launch that has connected. */
export interface AcceptedLink {
  readonly launch: string;
  /** The one it knows. */
  readonly token: string;
}

/** A launch of an orchestrator that is gone. */
export interface WaitingLink {
  readonly ticketHash: string;
  /**
   * Called once the ticket was shown: takes the launch over, with a new ticket. Rejects with PEER_REFUSED when somebody
   * has already.
   */
  adopt(): Promise<ExpectedLink & { readonly ticket: string }>;
}

export interface AcceptLinkOptions {
  /** By the id of the launch, which is no secret. */
  readonly find: (launch: string) => ExpectedLink | WaitingLink | undefined;
  /** For each step of the handshake. Default 5 s. */
  readonly handshakeTimeoutMs?: number;
}

const refusal = 'no launch of that name and token is expected here';

/**
 * The orchestrator's side of a handshake. Resolves with the launch that has connected; rejects, with the connection
 * closed, with PEER_REFUSED, MESSAGE_INVALID, CALL_TIMEOUT or CHANNEL_CLOSED. Who does not know a token is not told
 * whether there is such a launch.
 */
export async function acceptLink(socket: Duplex, kind: ChannelKind, options: AcceptLinkOptions): Promise<AcceptedLink> {
  const connection = new LinkConnection(socket, kind, options.handshakeTimeoutMs ?? 5_000);
  try {
    const hello = await connection.expect('hello');
    const expected = options.find(hello.launch);
    if (expected && 'ticketHash' in expected) {
      return { launch: hello.launch, token: await adopt(connection, expected, hello.nonce) };
    }
    const nonce = newNonce();
    const proofOf = (token: string) => linkProof(token, 'orchestrator', nonce, hello.nonce);
    const { token, alsoTokens = [] } = expected ?? { token: newNonce() };
    const also = alsoTokens.length > 0 && { alsoProofs: alsoTokens.map(proofOf) };
    connection.say({ link: 'challenge', nonce, proof: proofOf(token), ...also });
    const { proof, received } = await connection.expect('proof');
    const known = [token, ...alsoTokens].find((each) => isLinkProof(proof, each, 'module', hello.nonce, nonce));
    if (!expected || known === undefined) throw new WireError('PEER_REFUSED', refusal);
    connection.say({ link: 'welcome', received: expected.link.received });
    if (!connection.join(expected.link, received)) throw over();
    return { launch: hello.launch, token: known };
  } catch (error) {
    await connection.refuse(error);
    throw error;
  }
}

async function adopt(connection: LinkConnection, waiting: WaitingLink, farNonce: string): Promise<string> {
  const nonce = newNonce();
  const proof = linkProof(waiting.ticketHash, 'orchestrator', nonce, farNonce);
  connection.say({ link: 'challenge', nonce, proof, adopts: true });
  const shown = await connection.expect('ticket');
  if (!isTicket(shown.ticket, waiting.ticketHash))
    throw new WireError('PEER_REFUSED', 'the ticket is not the right one');
  const { link, token, ticket } = await waiting.adopt();
  connection.say({ link: 'welcome', received: 0, token, ticket });
  if (!connection.join(link, 0)) throw over();
  return token;
}

function over(): WireError {
  return new WireError('PEER_REFUSED', 'this launch has ended, or its place in the session is not known any more');
}
