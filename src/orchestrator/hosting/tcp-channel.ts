import { type Channel, type ChannelReader, defaultWireLimits } from '../../wire/index.js';
import { ForwardingChannel } from './forwarding-channel.js';
import { ModuleListener } from './module-listener.js';
import { opOfLine } from './op-of-line.js';
import type { Quirk, QuirkContext, WatchLimits } from './quirk.js';

/** The module's own sends leave only when it is sent something (DEFECTS R4). */
const longestIntervalMs = 1_000;
/** What the module looks for on this channel beside its input. */
const alsoOnTcp: ReadonlySet<string | undefined> = new Set(['heartbeat', 'shutdown']);
/** What it looks for on this channel alone. */
const onlyOnTcp: ReadonlySet<string | undefined> = new Set(['routed_module_response']);

/**
 * Rust modules of the bootstrap family end without a TCP channel (DEFECTS R1, H1): each launch is given a listener of
 * its own on the loopback address. Heartbeats, shutdown and answers to routed requests go there; all else stays on stdio.
 */
export async function tcpChannel({ logger, limits = defaultWireLimits }: QuirkContext): Promise<Quirk> {
  const listener = await ModuleListener.open(logger, limits.maxLineBytes);
  return {
    init: { tcp_channel: { address: listener.address, tls_enabled: false, required: true } },
    channel: (inner) => new TcpSideChannel(inner, listener),
    watchLimits: oftenEnough,
    close: () => listener.close(),
  };
}

/** As patient as before, with more heartbeats. */
function oftenEnough({ intervalMs, missed }: WatchLimits): WatchLimits {
  const shorter = Math.min(intervalMs, longestIntervalMs);
  return { intervalMs: shorter, missed: Math.ceil((missed * intervalMs) / shorter) };
}

class TcpSideChannel extends ForwardingChannel {
  readonly #listener: ModuleListener;

  constructor(inner: Channel, listener: ModuleListener) {
    super(inner);
    this.#listener = listener;
  }

  override start(reader: ChannelReader): void {
    this.#listener.start((line) => reader.onLine(line));
    super.start(reader);
  }

  override send(line: string, bytes?: readonly Uint8Array[], isControl?: boolean): void {
    const op = opOfLine(line);
    if (onlyOnTcp.has(op) && this.#listener.send(line)) return;
    super.send(line, bytes, isControl);
    if (alsoOnTcp.has(op)) this.#listener.send(line);
  }
}
