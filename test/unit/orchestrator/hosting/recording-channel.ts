import type { Channel, ChannelReader } from '../../../../src/wire/index.js';
import type { LaunchedModule } from '../../../../src/orchestrator/supervisor/module-launcher.js';

/** A channel whose far end is the test: it keeps every line as it is, and what was written around it. */
export class RecordingChannel implements Channel {
  readonly kind = 'memory';
  readonly queuedBytes = 0;
  readonly carriesBytes = false;
  readonly isOwn = false;
  readonly written: string[] = [];
  reader: ChannelReader | undefined;

  send(line: string): void {
    this.written.push(line);
  }

  /** Nothing ever waits here. */
  onDrain(): void {
    return;
  }

  start(reader: ChannelReader): void {
    this.reader = reader;
  }

  async close(): Promise<void> {
    this.reader?.onEnd({ reason: 'closed' });
  }
}

/** A launch whose input is kept in the order of the channel's lines, in hexadecimal; its end is `end`. */
export function launchedOn(channel: RecordingChannel, signals: string[] = []): LaunchedModule {
  const input = {
    write: (bytes: Buffer) => channel.written.push(bytes.toString('hex')),
    end: () => channel.written.push('end'),
  };
  return {
    channel,
    pid: 1,
    input: input as unknown as NonNullable<LaunchedModule['input']>,
    errorOutput: undefined,
    exited: new Promise(() => undefined),
    terminate: () => void signals.push('SIGTERM'),
    kill: () => void signals.push('SIGKILL'),
  };
}

export const readNothing: ChannelReader = {
  onLine: () => undefined,
  onBadLine: () => undefined,
  onEnd: () => undefined,
};
