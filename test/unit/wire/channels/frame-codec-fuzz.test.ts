import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { WireError } from '../../../../src/foundation/index.js';
import {
  encodeFrame,
  type Frame,
  type FrameFormat,
  FrameSplitter,
  textOfFrame,
} from '../../../../src/wire/channels/frame-codec.js';
import { text } from '../arbitrary-json.js';
import { assertSame, cut, expectHolds, places } from '../property.js';

const maxFrameBytes = 64;

/** What a splitter delivers of those chunks, in order. */
function split(chunks: readonly Uint8Array[], takesFormatZero = false): unknown[] {
  const delivered: unknown[] = [];
  const splitter = new FrameSplitter(
    { maxFrameBytes, takesFormatZero },
    {
      onFrame: ({ format, payload }) => void delivered.push({ format, payload: Buffer.from(payload) }),
      onBadFrame: (error) => void delivered.push(error.code),
    },
  );
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return delivered;
}

const format = fc.constantFrom<FrameFormat>('json', 'binary', 'base64');
const frame = fc.record({ format, payload: fc.uint8Array({ maxLength: maxFrameBytes }) });
/** Bytes that often are a header, with a length that is right, short, long or beyond the limit. */
const bytes = fc
  .array(
    fc.oneof(
      frame.map(({ format, payload }) => encodeFrame(format, payload)),
      fc.uint8Array({ maxLength: 12 }),
      fc.tuple(fc.nat(80), fc.nat(5)).map(([length, code]) => Uint8Array.of(0, 0, 0, length, code)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => Buffer.concat(parts));

describe('the splitter of frames', () => {
  it('delivers the same of any bytes, whole, cut anywhere and byte by byte', () => {
    expectHolds(
      fc.tuple(bytes, places, fc.boolean()),
      ([input, at, takesFormatZero]) => {
        const whole = split([input], takesFormatZero);
        assertSame(split(cut(input, at), takesFormatZero), whole);
        assertSame(
          split(
            Array.from(input, (byte) => Uint8Array.of(byte)),
            takesFormatZero,
          ),
          whole,
        );
        if (whole.slice(0, -1).some((item) => typeof item === 'string'))
          throw new Error('something came after an error');
      },
      600,
    );
  });

  it('delivers every frame that was written', () => {
    expectHolds(fc.tuple(fc.array(frame), places), ([frames, at]) => {
      const stream = Buffer.concat(frames.map(({ format, payload }) => encodeFrame(format, payload)));
      assertSame(split(cut(stream, at)), frames);
    });
  });

  it('reports a stream that ends within a frame, wherever that is', () => {
    const stream = encodeFrame('json', '{"op":"heartbeat"}');
    const ends = Array.from({ length: stream.length }, (_, end) => split([stream.subarray(0, end)]));
    expect(ends).toEqual(ends.map((_, end) => (end === 0 ? [] : ['MESSAGE_INVALID'])));
  });
});

describe('the text of a frame', () => {
  it('is what was written, in each format', () => {
    expectHolds(text, (written) => {
      const payloads: Frame[] = [
        { format: 'json', payload: Buffer.from(written) },
        { format: 'binary', payload: Buffer.from(written) },
        { format: 'base64', payload: Buffer.from(Buffer.from(written).toString('base64')) },
      ];
      for (const one of payloads) assertSame(textOfFrame(one), written);
    });
  });

  it('is text or MESSAGE_INVALID, whatever the payload', () => {
    expectHolds(
      frame,
      ({ format, payload }) => {
        try {
          return typeof textOfFrame({ format, payload: Buffer.from(payload) }) === 'string';
        } catch (error) {
          return error instanceof WireError && error.code === 'MESSAGE_INVALID';
        }
      },
      1_000,
    );
  });
});
