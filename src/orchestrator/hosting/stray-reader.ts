import type { Logger } from '../../foundation/index.js';
import { type Channel, type ChannelReader, isAnnouncement } from '../../wire/index.js';
import type { LaunchedModule } from '../supervisor/module-launcher.js';
import { ForwardingChannel, forwardingReader } from './forwarding-channel.js';
import { opOfLine } from './op-of-line.js';
import type { Quirk, QuirkContext } from './quirk.js';

/** The one line that is not UTF-8. */
const invalidLine = Buffer.from([0xff, 0x0a]);
/** What one reader takes at a time; of a longer line each gets a part. */
const wholeLineBytes = 8_192;
const silenceMs = 250;
/** Before the first answer to get_secret the invalid line is dangerous, so a module that will ask is given more time. */
const silenceOfAskersMs = 2_000;
const maxHeldBytes = 64 * 1024 ** 2;

/**
 * Rust 0.5 modules have two readers on standard input, and one of them loses what it reads (DEFECTS R2, R3, H3). What
 * they wait for at start is repeated while they are silent, and a line that is not UTF-8 ends the stray reader as soon
 * as the module has announced itself, or when nothing at all came of it. Longer lines than both can share wait for that.
 */
export function strayReader({ config: { secrets }, logger }: QuirkContext): Quirk {
  const firstSilenceMs = secrets.size > 0 ? silenceOfAskersMs : silenceMs;
  return { channel: (inner, launched) => new StrayReaderChannel(inner, launched, firstSilenceMs, logger) };
}

class StrayReaderChannel extends ForwardingChannel {
  readonly #launched: LaunchedModule;
  readonly #firstSilenceMs: number;
  readonly #logger: Logger;
  #state: 'unheard' | 'starting' | 'settled' = 'unheard';
  #lastAnswer: string | undefined;
  #held: string[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(inner: Channel, launched: LaunchedModule, firstSilenceMs: number, logger: Logger) {
    super(inner);
    this.#launched = launched;
    this.#firstSilenceMs = firstSilenceMs;
    this.#logger = logger;
  }

  override start(reader: ChannelReader): void {
    super.start({
      ...forwardingReader(reader),
      onLine: (line, bytes) => {
        this.#heard(isAnnouncement(line));
        reader.onLine(line, bytes);
      },
      onBadLine: (error, start) => {
        this.#heard(false);
        reader.onBadLine(error, start);
      },
      onEnd: (end) => {
        this.#settle();
        reader.onEnd(end);
      },
    });
  }

  override send(line: string, bytes?: readonly Uint8Array[], isControl?: boolean): void {
    if (this.#state === 'settled') return super.send(line, bytes, isControl);
    const op = opOfLine(line);
    // The one line that only one reader is there for.
    if (op !== 'init' && this.#mustWait(line)) return this.#hold(line);
    super.send(line);
    if (op === 'init') this.#wait(this.#firstSilenceMs);
    if (op !== 'secret') return;
    this.#lastAnswer = line;
    this.#wait(silenceMs);
  }

  override close(): Promise<void> {
    this.#settle();
    return super.close();
  }

  #mustWait(line: string): boolean {
    return this.#held.length > 0 || Buffer.byteLength(line) >= wholeLineBytes;
  }

  #hold(line: string): void {
    const bytes = Buffer.byteLength(line);
    this.#held.push(line);
    this.#heldBytes += bytes;
    if (this.#heldBytes > maxHeldBytes) return this.#endStrayReader();
    this.#wait(silenceMs);
  }

  #heard(hasAnnounced: boolean): void {
    if (this.#state === 'settled') return;
    if (hasAnnounced) return this.#endStrayReader();
    this.#state = 'starting';
    this.#lastAnswer = undefined;
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#silent(), ms);
  }

  #silent(): void {
    if (this.#held.length > 0 || this.#state === 'unheard') return this.#endStrayReader();
    if (this.#lastAnswer === undefined) return;
    // A channel that has ended says so to its reader.
    if (this.#attempt(this.#lastAnswer)) this.#wait(silenceMs);
  }

  #endStrayReader(): void {
    const held = this.#held;
    this.#settle();
    this.#logger.debug('the stray reader of the module is ended', { heldLines: held.length });
    // Around the channel, whose lines are text; what it still has to write comes after it and is read all the same.
    this.#launched.input?.write(invalidLine);
    for (const line of held) if (!this.#attempt(line)) return;
  }

  #attempt(line: string): boolean {
    try {
      super.send(line);
      return true;
    } catch {
      return false;
    }
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#state = 'settled';
    this.#lastAnswer = undefined;
    this.#held = [];
  }
}
