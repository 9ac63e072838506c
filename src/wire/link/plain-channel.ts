import { type BackoffOptions, type Logger, messageOf } from '../../foundation/index.js';
import type { Channel } from '../channel.js';
import { FrameChannel } from '../channels/frame-channel.js';
import { describeEnd } from '../channels/stream-channel.js';
import { decodeOrchestratorLine } from '../decode.js';
import { encodeMessage } from '../encode.js';
import { encodeEnvelope } from '../envelope.js';
import type { ModuleMessage, OrchestratorMessage } from '../messages.js';
import { connectTo, describeAddress, type LinkAddress } from './dial-link.js';
import { openAgain } from './open-again.js';

export interface PlainChannelOptions {
  readonly address: LinkAddress;
  /** Written as the source of every message. */
  readonly moduleId: string;
  readonly logger: Logger;
  /** `reply` answers on the channel the message came on. */
  readonly onMessage: (message: OrchestratorMessage, reply: (message: ModuleMessage) => void) => void;
  /** Of the first connection. Default 30 s, as Rust modules wait. */
  readonly timeoutMs?: number;
  /** Default 100 ms, doubling up to 30 s. */
  readonly backoff?: BackoffOptions;
}

/**
 * The TCP or unix channel of an orchestrator that speaks the plain protocol (PROTOCOL section 1): frames, bare to the
 * module and in envelopes from it. Nothing identifies the module there. A connection that ends is made again, and
 * nothing is sent again.
 */
export class PlainChannel {
  readonly #options: PlainChannelOptions;
  readonly #over = new AbortController();
  #channel: Channel | undefined;

  constructor(options: PlainChannelOptions) {
    this.#options = options;
  }

  /** Rejects with CONNECTION when nobody answers there in time; `reconnect` may still be tried. */
  async open(): Promise<void> {
    const { address, timeoutMs = 30_000 } = this.#options;
    const socket = await connectTo(address, timeoutMs);
    if (this.#over.signal.aborted) return void socket.destroy();
    const channel = new FrameChannel(socket, { kind: address.kind });
    this.#channel = channel;
    const openedAt = performance.now();
    channel.start({
      onLine: (text) => this.#receive(text, channel),
      onBadLine: (error) => this.#options.logger.warn('a frame from the orchestrator was dropped', { error }),
      onEnd: (end) => {
        this.#channel = undefined;
        if (this.#over.signal.aborted) return;
        this.#options.logger.warn('a channel to the orchestrator ended; it is opened again', {
          address: describeAddress(address),
          reason: describeEnd(end),
        });
        void this.reconnect(performance.now() - openedAt);
      },
    });
  }

  /** Tries to open until it is open or closed for good. Never rejects. */
  async reconnect(ranForMs = 0): Promise<void> {
    const { logger, address, backoff } = this.#options;
    const failed = (error: unknown) => {
      logger.debug('no channel to the orchestrator', { address: describeAddress(address), reason: messageOf(error) });
      return true;
    };
    await openAgain(() => this.open(), { backoff, ranForMs, signal: this.#over.signal, failed });
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#channel?.close();
  }

  #receive(text: string, channel: Channel): void {
    const { logger, moduleId, onMessage } = this.#options;
    const decoded = decodeOrchestratorLine(text, 'exact');
    if (decoded.kind === 'unknown') return logger.warn('a message with an unknown op was skipped', { op: decoded.op });
    if (decoded.kind === 'malformed')
      return logger.warn('a malformed frame was skipped', { reason: decoded.reason, bytes: text.length });
    onMessage(decoded.message, (message) => {
      const content = encodeMessage(message, { extensions: false });
      channel.send(encodeEnvelope(crypto.randomUUID(), content, { source: moduleId }));
    });
  }
}
