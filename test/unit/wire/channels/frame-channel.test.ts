import { duplexPair } from './duplex-pair.js';
import { describe, expect, it } from '@jest/globals';
import type { ChannelEnd } from '../../../../src/wire/index.js';
import { FrameChannel, type FrameChannelOptions } from '../../../../src/wire/channels/frame-channel.js';
import { encodeFrame } from '../../../../src/wire/channels/frame-codec.js';

function open(options?: FrameChannelOptions) {
  const [socket, far] = duplexPair();
  const channel = new FrameChannel(socket, options);
  const messages: [text: string, bytes?: string][] = [];
  const bad: string[] = [];
  const ends: ChannelEnd[] = [];
  channel.start({
    onLine: (text, bytes) => messages.push(bytes ? [text, bytes.toString('latin1')] : [text]),
    onBadLine: (error) => bad.push(error.message),
    onEnd: (end) => ends.push(end),
  });
  return { channel, far, messages, bad, ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const packed = (text: string, bytes: string) => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(Buffer.byteLength(text));
  return encodeFrame('binary', Buffer.concat([header, Buffer.from(text), Buffer.from(bytes, 'latin1')]));
};

describe('a channel of frames', () => {
  it('writes what is sent in one turn in one piece, as the protocol frames it', async () => {
    const { channel, far } = open();
    const writes: Buffer[] = [];
    far.on('data', (chunk: Buffer) => writes.push(chunk));
    channel.send('{"a":"ä"}');
    channel.send('{}');
    await turn();
    expect(writes).toEqual([Buffer.concat([encodeFrame('json', '{"a":"ä"}'), encodeFrame('json', '{}')])]);
  });

  it('puts bytes raw behind the text, copied when they are few and as they are when they are many', async () => {
    const { channel, far } = open();
    const chunks: Buffer[] = [];
    far.on('data', (chunk: Buffer) => chunks.push(chunk));
    channel.send('{"a":null}', [Buffer.from([255, 0])]);
    channel.send('{"b":null}', [Buffer.alloc(100_000, 7), Buffer.from('end')]);
    channel.send('{"c":1}');
    await turn();
    expect(Buffer.concat(chunks)).toEqual(
      Buffer.concat([
        packed('{"a":null}', '\xff\0'),
        packed('{"b":null}', `${'\x07'.repeat(100_000)}end`),
        encodeFrame('json', '{"c":1}'),
      ]),
    );
  });

  it('reads frames of every format, whole and byte by byte', async () => {
    const stream = Buffer.concat([
      encodeFrame('json', '{"a":1}'),
      encodeFrame('binary', '{"b":2}'),
      encodeFrame('binary', ' {"b":3}'),
      encodeFrame('base64', Buffer.from('{"c":3}').toString('base64')),
      packed('{"d":null}', '\0\x01\xff'),
    ]);
    const expected = [['{"a":1}'], ['{"b":2}'], [' {"b":3}'], ['{"c":3}'], ['{"d":null}', '\0\x01\xff']];
    const whole = open();
    whole.far.write(stream);
    const slow = open();
    for (const byte of stream) slow.far.write(Buffer.from([byte]));
    await turn();
    await turn();
    expect(whole.messages).toEqual(expected);
    expect(slow.messages).toEqual(expected);
  });

  it('drops a frame whose content is none and goes on', async () => {
    const { far, messages, bad } = open();
    far.write(encodeFrame('json', Buffer.from([0xff])));
    far.write(encodeFrame('base64', 'not base64!'));
    far.write(encodeFrame('binary', Buffer.from([0, 0, 0, 9, 1])));
    far.write(encodeFrame('binary', Buffer.from([0, 0, 0, 1, 0xff])));
    far.write(encodeFrame('json', '{}'));
    await turn();
    expect(bad).toEqual([
      expect.stringContaining('not UTF-8'),
      expect.stringContaining('not base64'),
      expect.stringContaining('its text is longer'),
      expect.stringContaining('not UTF-8'),
    ]);
    expect(messages).toEqual([['{}']]);
  });

  it.each([
    ['an unknown format', Buffer.from([0, 0, 0, 1, 9, 1]), 'MESSAGE_INVALID'],
    ['format 0', Buffer.from([0, 0, 0, 1, 0, 1]), 'MESSAGE_INVALID'],
    ['a length beyond the limit', Buffer.from([0xff, 0xff, 0xff, 0xff, 1]), 'LINE_TOO_LONG'],
  ])('ends at %s, after which no frame can be told from the next', async (_name, bytes, code) => {
    const { channel, far, messages, ends } = open();
    far.write(Buffer.concat([encodeFrame('json', '{}'), bytes]));
    await turn();
    expect(messages).toEqual([['{}']]);
    expect(ends).toMatchObject([{ reason: 'failed', error: { code } }]);
    expect(() => channel.send('{}')).toThrow(expect.objectContaining({ code: 'CHANNEL_CLOSED' }));
  });

  it('refuses to send a frame longer than the peer accepts, counting the bytes beside the text', async () => {
    const { channel } = open({ maxFrameBytes: 100 });
    expect(() => channel.send('{}', [Buffer.alloc(94)])).not.toThrow();
    expect(() => channel.send('{}', [Buffer.alloc(95)])).toThrow(
      expect.objectContaining({ code: 'LINE_TOO_LONG', details: { bytes: 101, maxFrameBytes: 100 } }),
    );
  });
});
