import { WireError } from '../../foundation/index.js';
import {
  type Channel,
  type ChannelReader,
  encodeForPython,
  isAnnouncement,
  type OrchestratorMessage,
} from '../../wire/index.js';
import type { LaunchedModule } from '../supervisor/module-launcher.js';
import { ForwardingChannel, forwardingReader } from './forwarding-channel.js';
import { opOfLine } from './op-of-line.js';
import type { Quirk } from './quirk.js';

/** With its newline a line has to fit into the 64 KiB of Python's reader. */
const maxLineBytes = 64 * 1024 - 1;
/** What nobody asked for, and a module that has not announced itself would lose (DEFECTS P11). */
const unasked: ReadonlySet<string | undefined> = new Set([
  'rotated',
  'heartbeat',
  'http_request',
  'routed_module_message',
  'shutdown',
]);
const maxHeld = 1_000;

/**
 * What Python modules written on the SDK's stdio layer need (DEFECTS H7): lines that hold their nested forms beside the
 * protocol's, none of 64 KiB or more, none but init and answers before they announced themselves, and to be stopped by
 * the end of their input.
 */
export function pythonNested(): Quirk {
  let hosted: PythonChannel | undefined;
  return {
    encode: encodeShortLine,
    channel: (inner, launched) => (hosted = new PythonChannel(inner, launched)),
    askToEnd(_launched, ask) {
      ask();
      hosted?.endInput();
    },
  };
}

function encodeShortLine(message: OrchestratorMessage): string {
  const line = encodeForPython(message);
  const bytes = Buffer.byteLength(line);
  if (bytes <= maxLineBytes) return line;
  throw new WireError(
    'LINE_TOO_LONG',
    `${message.op} takes ${bytes} bytes and a Python module loses lines of more than ${maxLineBytes}; send less at once`,
    { details: { bytes, maxLineBytes } },
  );
}

class PythonChannel extends ForwardingChannel {
  readonly #launched: LaunchedModule;
  #held: string[] = [];
  #state: 'starting' | 'announced' | 'stopping' = 'starting';

  constructor(inner: Channel, launched: LaunchedModule) {
    super(inner);
    this.#launched = launched;
  }

  override start(reader: ChannelReader): void {
    super.start({
      ...forwardingReader(reader),
      onLine: (line, bytes) => {
        // The session hears of it first, and has nothing to send before.
        const isFirst = this.#state === 'starting' && isAnnouncement(line);
        reader.onLine(line, bytes);
        if (isFirst) this.#announced();
      },
    });
  }

  override send(line: string, bytes?: readonly Uint8Array[], isControl?: boolean): void {
    if (this.#state === 'stopping')
      throw new WireError('CHANNEL_CLOSED', 'the module is stopped: its input has ended', { retryable: true });
    if (this.#state === 'announced' || !unasked.has(opOfLine(line))) return super.send(line, bytes, isControl);
    if (this.#held.length >= maxHeld)
      throw new WireError('BACKPRESSURE', `${maxHeld} messages already wait for the module to announce itself`, {
        retryable: true,
      });
    this.#held.push(line);
  }

  /** Nothing is written any more; what was is. */
  endInput(): void {
    this.#state = 'stopping';
    this.#held = [];
    // The channel writes what it was given within this turn of the event loop.
    setImmediate(() => this.#launched.input?.end());
  }

  #announced(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'announced';
    for (const line of this.#held.splice(0)) super.send(line);
  }
}
