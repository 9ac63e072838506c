import type { Socket } from 'node:net';
import { acceptLink, LinkChannel, LinkDialer, newToken } from '../../../src/wire/index.js';
import { silentLogger } from '../../unit/foundation/silent-logger.js';
import type { ChannelPair, PairOptions } from './channel-case.js';
import { listenAt, type ListenKind } from './listen-at.js';

/** The link of a launch: near is the module, which dials, far the orchestrator. */
export async function linkPair(kind: ListenKind, options: PairOptions = {}): Promise<ChannelPair> {
  const { maxQueuedBytes, maxMessageBytes } = options;
  const limits = {
    ...(maxQueuedBytes !== undefined && { maxQueuedBytes }),
    ...(maxMessageBytes !== undefined && { maxMessageBytes }),
  };
  const expected = { launch: 'contract', token: newToken() };
  const far = new LinkChannel(limits);
  const carrier = kind === 'mutual tls' ? 'tls' : kind;
  let input: Socket | undefined;
  const { address, close } = await listenAt(kind, (socket) => {
    input = socket;
    // A connection that is cut off in its handshake is dialled again.
    acceptLink(socket, carrier, {
      find: (launch) => (launch === expected.launch ? { token: expected.token, link: far } : undefined),
    }).catch(() => undefined);
  });
  const dialer = new LinkDialer({
    ...expected,
    addresses: [address],
    logger: silentLogger,
    backoff: { initialMs: 5, maxMs: 50 },
    channel: limits,
  });
  const near = await dialer.open();
  return { near, far, input: () => input!, close };
}
