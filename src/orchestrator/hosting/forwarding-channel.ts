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

  get carriesBytes(): boolean {
    return this.inner.carriesBytes;
  }

  get isOwn(): boolean {
    return this.inner.isOwn;
  }

  send(text: string, bytes?: readonly Uint8Array[], isControl?: boolean, textBytes?: number): void {
    this.inner.send(text, bytes, isControl, textBytes);
  }

  onDrain(listener: () => void): void {
    this.inner.onDrain(listener);
  }

  start(reader: ChannelReader): void {
    this.inner.start(reader);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** A reader that passes everything on, as a beginning for those that look at some of it. */
export function forwardingReader(reader: ChannelReader): ChannelReader {
  return {
    onLine: (line, bytes) => reader.onLine(line, bytes),
    onBadLine: (error, start) => reader.onBadLine(error, start),
    onOutput: (text) => reader.onOutput?.(text),
    onEnd: (end) => reader.onEnd(end),
  };
}
