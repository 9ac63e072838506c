import type { Duplex } from 'node:stream';
import { messageOf, WireError, withDeadline, Deferred } from '../../foundation/index.js';
import type { ChannelKind } from '../channel.js';
import { describeEnd } from '../channels/stream-channel.js';
import { FrameChannel } from '../channels/frame-channel.js';
import type { LinkChannel } from './link-channel.js';
import { type LinkMessage, readLinkMessage, type Welcome, writeLinkMessage } from './link-messages.js';

/** What an end that has not shown who it is may send in one frame. */
const handshakeFrameBytes = 4_096;

/** One connection of a link, while the two ends show each other who they are and afterwards. */
export class LinkConnection {
  readonly channel: FrameChannel;
  readonly #deadlineMs: number;
  #waiting: Deferred<LinkMessage> | undefined;
  #early: LinkMessage[] = [];
  #failure: Error | undefined;
  #link: LinkChannel | undefined;
  #onWelcome: ((welcome: Welcome) => void) | undefined;

  constructor(socket: Duplex, kind: ChannelKind, deadlineMs: number) {
    // The link itself bounds what waits, and says how long a message may be once it is joined.
    const limits = { maxFrameBytes: handshakeFrameBytes, maxQueuedBytes: Number.POSITIVE_INFINITY };
    const channel = (this.channel = new FrameChannel(socket, { kind, isOwn: true, ...limits }));
    this.#deadlineMs = deadlineMs;
    channel.start({
      onLine: (text, bytes) => {
        if (this.#link) return this.#link.accept(channel, text, bytes);
        const message = readLinkMessage(text);
        if (message) this.#hear(message);
        else this.#fail(new WireError('MESSAGE_INVALID', 'a connection began with something else than its handshake'));
      },
      onBadLine: (error, start) => {
        if (this.#link) this.#link.acceptBad(channel, error, start);
        else this.#fail(error);
      },
      onEnd: (end) => {
        this.#fail(new WireError('CHANNEL_CLOSED', `the connection ended in its handshake (${describeEnd(end)})`));
        this.#link?.lost(channel);
      },
    });
  }

  say(message: LinkMessage): void {
    this.channel.send(writeLinkMessage(message));
  }

  /** The next message of the handshake, which must be of that kind. */
  async expect<K extends LinkMessage['link']>(kind: K): Promise<Extract<LinkMessage, { link: K }>> {
    const message = await this.#next(kind);
    if (message.link === 'refused') throw new WireError('PEER_REFUSED', message.reason);
    if (message.link !== kind)
      throw new WireError('MESSAGE_INVALID', `'${kind}' was expected in the handshake, not '${message.link}'`);
    return message as Extract<LinkMessage, { link: K }>;
  }

  /**
   * The handshake is over: from now on the link has what comes in. False when the link does not take it. Throws when the
   * connection has ended meanwhile.
   */
  join(link: LinkChannel, farReceived: number): boolean {
    if (this.#failure) throw this.#failure;
    if (!link.attach(this.channel, farReceived)) return false;
    this.#link = link;
    return true;
  }

  /**
   * Joins the link, which `linkOf` may choose, as soon as the other end says that it has. Messages of the session follow
   * that word at once, so it must not wait for whoever waits here.
   */
  async joinWhenWelcome(linkOf: (welcome: Welcome) => LinkChannel): Promise<void> {
    this.#onWelcome = (welcome) => {
      if (!this.join(linkOf(welcome), welcome.received))
        this.#fail(new WireError('CHANNEL_CLOSED', 'the link is over'));
    };
    await this.expect('welcome');
    if (this.#link === undefined) throw this.#failure ?? new WireError('CHANNEL_CLOSED', 'the link is over');
  }

  /** Ends a handshake that failed. */
  async refuse(error: unknown): Promise<void> {
    try {
      this.say({ link: 'refused', reason: messageOf(error) });
    } catch {
      // It is gone already.
    }
    await this.channel.close();
  }

  #next(kind: string): Promise<LinkMessage> {
    const early = this.#early.shift();
    if (early) return Promise.resolve(early);
    if (this.#failure) return Promise.reject(this.#failure);
    const waiting = (this.#waiting = new Deferred<LinkMessage>());
    const ms = this.#deadlineMs;
    const late = () => new WireError('CALL_TIMEOUT', `no '${kind}' came within ${ms} ms of the handshake`);
    return withDeadline(waiting.promise, ms, late);
  }

  #hear(message: LinkMessage): void {
    if (message.link === 'welcome') this.#welcomed(message);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting.resolve(message);
    else if (this.#early.length < 4) this.#early.push(message);
    else this.#fail(new WireError('MESSAGE_INVALID', 'a handshake has too many messages'));
  }

  #welcomed(welcome: Welcome): void {
    try {
      this.#onWelcome?.(welcome);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    if (!this.#link) void this.channel.close();
  }
}
