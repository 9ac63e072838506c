import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { WireError } from '../../../../src/foundation/index.js';
import { LineSplitter } from '../../../../src/wire/channels/line-splitter.js';
import { text } from '../arbitrary-json.js';
import { assertSame, cut, expectHolds, places } from '../property.js';

const maxLineBytes = 24;

/** What a splitter delivers of those chunks, in order. */
function split(chunks: readonly Uint8Array[], limit = maxLineBytes): unknown[] {
  const delivered: unknown[] = [];
  const splitter = new LineSplitter(
    { maxLineBytes: limit },
    {
      onLine: (line) => void delivered.push(line),
      onBadLine: (error, start) => void delivered.push([error instanceof WireError && error.code, start]),
    },
  );
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return delivered;
}

/** Bytes with many newlines, CRs and starts of characters among them. */
const bytes = fc
  .array(fc.oneof(fc.nat(255), fc.constantFrom(0x0a, 0x0d, 0xc3, 0xa9, 0xf0, 0x41)), { maxLength: 120 })
  .map((values) => Uint8Array.from(values));

describe('the splitter of lines', () => {
  it('delivers the same of any bytes, whole, cut anywhere and byte by byte', () => {
    expectHolds(
      fc.tuple(bytes, places),
      ([input, at]) => {
        const whole = split([input]);
        assertSame(split(cut(input, at)), whole);
        assertSame(split(Array.from(input, (byte) => Uint8Array.of(byte))), whole);
      },
      600,
    );
  });

  it('delivers every line that was written, and after a bad one the next', () => {
    const lines = fc.array(text.map((line) => line.replaceAll(/[\r\n]/g, '')).filter((line) => line !== ''));
    expectHolds(fc.tuple(lines, places, fc.boolean()), ([written, at, isBroken]) => {
      const bad = isBroken ? [Buffer.from([0xff, 0x0a]), Buffer.alloc(2_000, 0x61), Buffer.from('\n')] : [];
      const stream = Buffer.concat([...bad, ...written.map((line) => Buffer.from(`${line}\n`))]);
      const delivered = split(cut(stream, at), 1_000);
      const problems = isBroken
        ? [expect.arrayContaining(['MESSAGE_INVALID']), expect.arrayContaining(['LINE_TOO_LONG'])]
        : [];
      expect(delivered).toEqual([...problems, ...written]);
    });
  });

  it('takes no half line for a line, wherever the stream ends', () => {
    const line = '{"op":"heartbeat","é":1}';
    const stream = Buffer.from(line);
    for (let end = 0; end <= stream.length; end += 1) {
      const [start] = split([stream.subarray(0, end)], 100);
      if (end === 0) expect(start).toBeUndefined();
      else expect(start).toEqual(['MESSAGE_INVALID', stream.subarray(0, end).toString()]);
    }
    expect(split([stream, Buffer.from('\r\n')], 100)).toEqual([line]);
  });
});
