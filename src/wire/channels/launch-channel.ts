import { WireError } from '../../foundation/index.js';
import type { Channel, ChannelEnd, ChannelKind, ChannelReader } from '../channel.js';

/**
 * The orchestrator's end of a module whose language it does not know: modules of this SDK speak frames on the socket
 * they inherit, all others lines on standard output. Until one was heard, everything is written to both (or with
 * `writesToBoth: false` only where lines are read, which says where the other is). Once the own way was heard, it is the
 * channel, and what is printed is output.
 */
export class LaunchChannel implements Channel {
  readonly #lines: Channel;
  readonly #own: Channel;
  #heard: 'nothing' | 'lines' | 'own' = 'nothing';
  readonly #writesToBoth: boolean;
  #isOver = false;

  constructor(lines: Channel, own: Channel, { writesToBoth = true }: { readonly writesToBoth?: boolean } = {}) {
    this.#lines = lines;
    this.#own = own;
    this.#writesToBoth = writesToBoth;
  }

  get kind(): ChannelKind {
    return this.#chosen.kind;
  }

  get queuedBytes(): number {
    return this.#chosen.queuedBytes;
  }

  get carriesBytes(): boolean {
    return this.#chosen.carriesBytes;
  }

  get isOwn(): boolean {
    return this.#chosen.isOwn;
  }

  onDrain(listener: () => void): void {
    this.#lines.onDrain(listener);
    this.#own.onDrain(listener);
  }

  start(reader: ChannelReader): void {
    this.#lines.start({
      onLine: (line, bytes) => {
        if (this.#heard === 'own') return reader.onOutput?.(line);
        // Anything else is output of a program that has not spoken yet.
        if (line.startsWith('{')) this.#heard = 'lines';
        reader.onLine(line, bytes);
      },
      onBadLine: (error, start) => {
        if (this.#heard === 'own') reader.onOutput?.(start);
        else reader.onBadLine(error, start);
      },
      onOutput: (text) => reader.onOutput?.(text),
      onEnd: (end) => {
        if (this.#heard !== 'own') this.#end(reader, end);
      },
    });
    this.#own.start({
      onLine: (line, bytes) => {
        this.#heard = 'own';
        reader.onLine(line, bytes);
      },
      onBadLine: (error, start) => {
        if (this.#heard === 'own') reader.onBadLine(error, start);
      },
      onEnd: (end) => {
        if (this.#heard === 'own') this.#end(reader, end);
      },
    });
  }

  send(text: string, bytes?: readonly Uint8Array[], isControl?: boolean, textBytes?: number): void {
    if (this.#heard !== 'nothing' || !this.#writesToBoth) return this.#chosen.send(text, bytes, isControl, textBytes);
    this.#lines.send(text, bytes, isControl, textBytes);
    try {
      this.#own.send(text, bytes, isControl, textBytes);
    } catch (error) {
      // A program that does not know the socket may have closed it.
      if (!WireError.is(error)) throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#lines.close(), this.#own.close()]);
  }

  get #chosen(): Channel {
    return this.#heard === 'own' ? this.#own : this.#lines;
  }

  #end(reader: ChannelReader, end: ChannelEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    reader.onEnd(end);
  }
}
