import { describe, expect, it } from '@jest/globals';
import {
  encodeFrame,
  type Frame,
  FrameSplitter,
  type FrameSplitterOptions,
  headerText,
  textOfFrame,
} from '../../../../src/wire/channels/frame-codec.js';

const fail = (error: Error) => {
  throw error;
};

function splitterWith(options: Partial<FrameSplitterOptions> = {}) {
  const frames: Frame[] = [];
  const errors: { code: string; message: string }[] = [];
  const splitter = new FrameSplitter(
    { maxFrameBytes: 1024, ...options },
    {
      onFrame: ({ format, payload }) => frames.push({ format, payload: Buffer.from(payload) }),
      onBadFrame: (error) => errors.push(error),
    },
  );
  return { splitter, frames, errors };
}

const header = (length: number, code: number) => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(length);
  bytes[4] = code;
  return bytes;
};

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    const sent: Frame[] = [
      { format: 'json', payload: Buffer.from('{"op":"shutdown"}') },
      { format: 'binary', payload: Buffer.alloc(0) },
      { format: 'base64', payload: Buffer.from('e30=') },
      { format: 'binary', payload: Buffer.from([0, 255, 10, 0, 0, 0, 1]) },
    ];
    const bytes = Buffer.concat(sent.map(({ format, payload }) => encodeFrame(format, payload)));
    for (let size = 1; size <= bytes.length; size += 1) {
      const { splitter, frames, errors } = splitterWith();
      for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size));
      splitter.end();
      expect([frames, errors]).toEqual([sent, []]);
    }
  });

  it('count the bytes of a text, not its characters', () => {
    expect(encodeFrame('json', 'é😀').toString('hex')).toBe('0000000601c3a9f09f9880');
  });

  it('have the same header as a text of one byte for each character', () => {
    for (const length of [0, 127, 128, 0x1_02_03, 0xffff_ffff])
      expect(Buffer.from(headerText('json', length), 'latin1')).toEqual(header(length, 1));
  });

  it('of JSON that come whole are handed over as text where that is wanted, and all others as frames', () => {
    const texts: string[] = [];
    const frames: Frame[] = [];
    const splitter = new FrameSplitter(
      { maxFrameBytes: 1024 },
      { onText: (text) => texts.push(text), onFrame: (frame) => frames.push(frame), onBadFrame: fail },
    );
    const bytes = Buffer.concat([encodeFrame('json', '"é"'), encodeFrame('json', Buffer.from([0x22, 0xff, 0x22]))]);
    splitter.push(Buffer.concat([bytes, encodeFrame('binary', '{}'), encodeFrame('json', '[1]').subarray(0, 7)]));
    splitter.push(Buffer.from(']'));
    splitter.push(encodeFrame('json', '2'));
    expect(texts).toEqual(['"é"', '2']);
    expect(frames.map(({ format, payload }) => [format, payload.toString('latin1')])).toEqual([
      ['json', '"\xff"'],
      ['binary', '{}'],
      ['json', '[1]'],
    ]);
  });

  it('of JSON that come together are the same texts as those that come one by one', () => {
    const lengths = [1, 127, 128, 255, 256, 16_383, 16_384, 20_000, 32_768];
    const ascii = lengths.map((length) => '1'.repeat(length));
    for (const texts of [ascii, [...ascii, '"é"', ...ascii], ['"é"'], ['', '1'], ['1', '"\u0080\uffff\ufffd"', '2']]) {
      const [together, apart] = [[] as string[], [] as string[]];
      const into = (all: string[]) =>
        new FrameSplitter(
          { maxFrameBytes: 40_000 },
          { onText: (text) => all.push(text), onFrame: (frame) => all.push(textOfFrame(frame)), onBadFrame: fail },
        );
      const frames = texts.map((text) => encodeFrame('json', text));
      const begun = encodeFrame('json', '[1,2]');
      const splitter = into(together);
      splitter.push(Buffer.concat([...frames, begun.subarray(0, 3)]));
      splitter.push(Buffer.concat([begun.subarray(3), ...frames]));
      const other = into(apart);
      for (const frame of [...frames, begun, ...frames]) other.push(frame);
      expect(together).toEqual([...texts, '[1,2]', ...texts]);
      expect(apart).toEqual(together);
    }
  });

  it.each([
    ['format 0', header(2, 0), 'MESSAGE_INVALID'],
    ['format 4', header(2, 4), 'MESSAGE_INVALID'],
    ['format 255', header(0, 255), 'MESSAGE_INVALID'],
    ['a payload longer than the limit', header(1025, 1), 'LINE_TOO_LONG'],
    ['the longest length there is', header(0xffff_ffff, 1), 'LINE_TOO_LONG'],
  ])('of %s end the stream at the header, and nothing after them is delivered', (_, bytes, code) => {
    const { splitter, frames, errors } = splitterWith();
    splitter.push(Buffer.concat([encodeFrame('json', '1'), bytes, encodeFrame('json', '2')]));
    splitter.push(encodeFrame('json', '3'));
    splitter.end();
    expect(frames).toHaveLength(1);
    expect(errors).toEqual([expect.objectContaining({ code })]);
  });

  it('that end in the middle are reported, in the header and in the payload', () => {
    for (const length of [1, 4, 5, 6]) {
      const { splitter, errors } = splitterWith();
      splitter.push(encodeFrame('json', '{}').subarray(0, length));
      splitter.end();
      expect(errors).toEqual([expect.objectContaining({ code: 'MESSAGE_INVALID' })]);
    }
  });

  it('of format 0 are JSON where the peer is known to write it so', () => {
    const { splitter, frames } = splitterWith({ takesFormatZero: true });
    splitter.push(Buffer.concat([header(2, 0), Buffer.from('{}')]));
    expect(frames).toEqual([{ format: 'json', payload: Buffer.from('{}') }]);
  });

  it('keep memory for what came, not for what was announced', () => {
    const { splitter } = splitterWith({ maxFrameBytes: 2 ** 31 });
    const before = process.memoryUsage();
    splitter.push(Buffer.concat([header(2 ** 31, 1), Buffer.from('x')]));
    const { arrayBuffers, external } = process.memoryUsage();
    expect(arrayBuffers + external - before.arrayBuffers - before.external).toBeLessThan(8 * 1024 ** 2);
  });

  it('cannot be written in a format that is none', () => {
    for (const format of ['auto', 'toString', 4])
      expect(() => encodeFrame(format as 'json', '{}')).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
  });

  it('hold JSON text in every format, and only that', () => {
    const text = '{"é":1}';
    const base64 = Buffer.from(text).toString('base64');
    expect(textOfFrame({ format: 'json', payload: Buffer.from(text) })).toBe(text);
    expect(textOfFrame({ format: 'binary', payload: Buffer.from(text) })).toBe(text);
    expect(textOfFrame({ format: 'base64', payload: Buffer.from(base64) })).toBe(text);
    const bad: [Frame['format'], Buffer][] = [
      ['json', Buffer.from([0xff])],
      ['base64', Buffer.from(base64.replaceAll('=', ''))],
      ['base64', Buffer.from(`${base64}\n`)],
      ['base64', Buffer.from('e30*')],
      ['base64', Buffer.from('/w==')],
    ];
    for (const [format, payload] of bad)
      expect(() => textOfFrame({ format, payload })).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
  });
});
