import type { Channel, ChannelKind, ChannelReader } from '../../wire/index.js';

/** A channel that does what another does; quirks replace what they do otherwise. */
export class ForwardingChannel implements Channel {
  protected readonly inner: Channel;

  constructor(inner: Channel) {
    this.inner = inner;
  }

  get kind(): ChannelKind {
    return this.inner.kind;
  }

  get queuedBytes(): number {
    return this.inner.queuedBytes;
  }

  send(line: string): void {
    this.inner.send(line);
  }

  start(reader: ChannelReader): void {
    this.inner.start(reader);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
