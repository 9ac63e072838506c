import { describe, expect, it } from '@jest/globals';
import type { Channel, ChannelEnd, ChannelReader } from '../../../../src/wire/index.js';
import { LaunchChannel } from '../../../../src/wire/channels/launch-channel.js';
import { WireError } from '../../../../src/foundation/index.js';

/** One of the two ways, its far end in the hands of the test. */
class Way implements Channel {
  readonly queuedBytes = 0;
  readonly carriesBytes: boolean;
  readonly isOwn: boolean;
  readonly sent: string[] = [];
  reader!: ChannelReader;
  isClosed = false;
  drain!: () => void;

  constructor(readonly kind: 'stdio' | 'fd') {
    this.carriesBytes = this.isOwn = kind === 'fd';
  }

  send(text: string): void {
    if (this.isClosed) throw new WireError('CHANNEL_CLOSED', 'closed');
    this.sent.push(text);
  }

  onDrain(listener: () => void): void {
    this.drain = listener;
  }

  start(reader: ChannelReader): void {
    this.reader = reader;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function open() {
  const lines = new Way('stdio');
  const own = new Way('fd');
  const channel = new LaunchChannel(lines, own);
  const heard: string[] = [];
  const printed: string[] = [];
  const ends: ChannelEnd[] = [];
  channel.start({
    onLine: (line) => heard.push(line),
    onBadLine: (_error, start) => heard.push(`bad ${start}`),
    onOutput: (text) => printed.push(text),
    onEnd: (end) => ends.push(end),
  });
  channel.send('init');
  return { channel, lines, own, heard, printed, ends };
}

describe('the channel to a module whose language is not known', () => {
  it('writes to both until one was heard', () => {
    const { channel, lines, own } = open();
    lines.reader.onLine('starting up');
    channel.send('second');
    expect([lines.sent, own.sent]).toEqual([
      ['init', 'second'],
      ['init', 'second'],
    ]);
    expect(channel.isOwn).toBe(false);
  });

  it('tells of what drains on either', () => {
    const { channel, lines, own } = open();
    let told = 0;
    channel.onDrain(() => (told += 1));
    lines.drain();
    own.drain();
    expect(told).toBe(2);
  });

  it('is the lines of a module that writes messages there, whatever becomes of the socket', () => {
    const { channel, lines, own, heard, ends } = open();
    lines.reader.onLine('{"op":"announce"}');
    channel.send('to lines');
    own.reader.onEnd({ reason: 'ended' });
    expect([lines.sent, own.sent, heard]).toEqual([['init', 'to lines'], ['init'], ['{"op":"announce"}']]);
    expect([channel.kind, ends]).toEqual(['stdio', []]);
    lines.reader.onEnd({ reason: 'ended' });
    expect(ends).toEqual([{ reason: 'ended' }]);
  });

  it('is the socket from the first frame there on, and standard output is output', () => {
    const { channel, lines, own, heard, printed, ends } = open();
    lines.reader.onLine('{"op":"printed while it loads"}');
    own.reader.onLine('{"op":"heartbeat_ack"}');
    channel.send('to socket');
    lines.reader.onLine('{"op":"forged"}');
    lines.reader.onBadLine(new Error('half a line'), 'half');
    lines.reader.onEnd({ reason: 'ended' });
    expect(own.sent).toEqual(['init', 'to socket']);
    expect(heard).toEqual(['{"op":"printed while it loads"}', '{"op":"heartbeat_ack"}']);
    expect(printed).toEqual(['{"op":"forged"}', 'half']);
    expect([channel.kind, channel.isOwn, channel.carriesBytes, ends]).toEqual(['fd', true, true, []]);
    own.reader.onEnd({ reason: 'ended' });
    expect(ends).toEqual([{ reason: 'ended' }]);
  });

  it('reaches a program that closed the socket it does not know', () => {
    const { channel, lines, own } = open();
    own.isClosed = true;
    channel.send('second');
    expect(lines.sent).toEqual(['init', 'second']);
  });

  it('ends with the process that never spoke, once', () => {
    const { lines, own, ends } = open();
    own.reader.onEnd({ reason: 'ended' });
    lines.reader.onEnd({ reason: 'ended' });
    lines.reader.onEnd({ reason: 'closed' });
    expect(ends).toEqual([{ reason: 'ended' }]);
  });
});
