import { type BackoffOptions, type Logger, messageOf, WireError } from '../../foundation/index.js';
import { describeAddress, dialLink, type DialLinkOptions, type LinkAddress } from './dial-link.js';
import { LinkChannel, type LinkChannelOptions } from './link-channel.js';
import { openAgain } from './open-again.js';

export interface LinkDialerOptions extends DialLinkOptions {
  /** The first that answers is used; one before it takes its place once it answers again. */
  readonly addresses: readonly LinkAddress[];
  readonly logger: Logger;
  /** Of a new connection after one was lost. Default 100 ms, doubling up to 30 s. */
  readonly backoff?: BackoffOptions;
  /** How often an address before the one in use is tried. Default 5 s. */
  readonly preferAgainMs?: number;
  readonly channel?: Omit<LinkChannelOptions, 'onLost'>;
  /** Told when there is no connection any more, and when the same orchestrator has one again. */
  readonly onChange?: (isConnected: boolean) => void;
}

/** The module's end of a link: connects it, and connects it again whenever it was lost. */
export class LinkDialer {
  readonly link: LinkChannel;
  readonly #options: LinkDialerOptions;
  readonly #over = new AbortController();
  #isDialing = false;
  #isAdopted = false;
  #preferTimer: NodeJS.Timeout | undefined;

  constructor(options: LinkDialerOptions) {
    this.#options = options;
    this.link = new LinkChannel({ ...options.channel, onLost: () => void this.#reconnect() });
    void this.link.over.then(() => {
      this.#over.abort();
      clearTimeout(this.#preferTimer);
    });
  }

  /** The first connection. Rejects, with the link closed, with the reason of the first address when none answers. */
  async open(): Promise<LinkChannel> {
    try {
      await this.#dial(this.#options.addresses);
      return this.link;
    } catch (error) {
      await this.link.close();
      throw error;
    }
  }

  /** One for the session with a new orchestrator: its link is connected by whoever was welcomed there. */
  next({ token, ticket }: { readonly token: string; readonly ticket: string }): LinkDialer {
    const { reattach } = this.#options;
    return new LinkDialer({ ...this.#options, token, ...(reattach && { reattach: { ...reattach, ticket } }) });
  }

  /** Gives the connection in use up, as one that brings nothing any more, and makes a new one. */
  redial(): void {
    this.link.suspend();
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { logger, addresses, backoff, reattach, onChange } = this.#options;
    if (this.#isDialing || this.#isAdopted) return;
    this.#isDialing = true;
    clearTimeout(this.#preferTimer);
    onChange?.(false);
    logger.warn('the connection to the orchestrator was lost; a new one is made');
    const dial = async () => {
      await this.#dial(addresses);
      if (!this.link.isConnected && !this.#isAdopted)
        throw new WireError('CONNECTION', 'the new connection was lost at once');
    };
    const failed = (error: unknown) => {
      const isRefused = WireError.is(error) && error.code === 'PEER_REFUSED';
      const isFinal = isRefused && reattach === undefined;
      if (isFinal) this.link.fail(error);
      else logger.debug('no new connection to the orchestrator', { reason: messageOf(error) });
      return !isFinal;
    };
    const isOpen = await openAgain(dial, { backoff, signal: this.#over.signal, failed });
    this.#isDialing = false;
    if (!isOpen || this.#isAdopted) return;
    onChange?.(true);
    logger.info('connected to the orchestrator again', { channel: this.link.kind });
  }

  /** Tries one address after the other. */
  async #dial(addresses: readonly LinkAddress[]): Promise<void> {
    let failure: unknown;
    for (const [index, address] of addresses.entries()) {
      if (this.#over.signal.aborted) throw new WireError('CHANNEL_CLOSED', 'the link is over');
      try {
        const outcome = await dialLink(this.link, address, this.#options);
        if (outcome === 'adopted') return this.#adopted();
        if (index > 0) this.#preferAgain(addresses.slice(0, index));
        return;
      } catch (error) {
        this.#options.logger.debug('an address of the orchestrator did not work', {
          address: describeAddress(address),
          reason: messageOf(error),
        });
        failure ??= error;
      }
    }
    throw failure;
  }

  #adopted(): void {
    this.#isAdopted = true;
    const message = 'a new orchestrator has taken the module over';
    this.link.fail(new WireError('CHANNEL_CLOSED', message, { retryable: true }));
  }

  /** Goes back to a better address once it answers. */
  #preferAgain(better: readonly LinkAddress[]): void {
    const { preferAgainMs = 5_000, logger } = this.#options;
    this.#preferTimer = setTimeout(() => {
      if (this.#isDialing || this.#over.signal.aborted) return;
      this.#isDialing = true;
      this.#dial(better)
        .then(
          () => logger.info('back on the preferred connection', { channel: this.link.kind }),
          () => {
            if (this.link.isConnected) this.#preferAgain(better);
          },
        )
        .finally(() => {
          this.#isDialing = false;
          if (!this.link.isConnected) void this.#reconnect();
        });
    }, preferAgainMs);
    this.#preferTimer.unref();
  }
}
