import { describe, expect, it } from '@jest/globals';
import { LineSplitter } from '../../../../src/wire/channels/line-splitter.js';

function split(chunks: readonly (string | Buffer)[], limit = 1_000) {
  const lines: string[] = [];
  const bad: { code: unknown; start: string }[] = [];
  const splitter = new LineSplitter(
    { maxLineBytes: limit },
    {
      onLine: (line) => lines.push(line),
      onBadLine: (error, start) => bad.push({ code: (error as { code?: string }).code, start }),
    },
  );
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return { lines, bad };
}

describe('the line splitter', () => {
  const text = '{"a":"é☃𝄞"}\r\n\n{"b":2}\n';

  it('gives the same lines whole and byte by byte, without CR and empty lines', () => {
    const expected = { lines: ['{"a":"é☃𝄞"}', '{"b":2}'], bad: [] };
    expect(split([text])).toEqual(expected);
    expect(split(Array.from(Buffer.from(text), (byte) => Buffer.of(byte)))).toEqual(expected);
  });

  it('drops a line over the limit with a clear error, keeps little of it, and goes on', () => {
    const { lines, bad } = split(['x'.repeat(6_000), 'x'.repeat(6_000), 'x\nnext\n'], 10_000);
    expect(lines).toEqual(['next']);
    expect(bad).toEqual([{ code: 'LINE_TOO_LONG', start: 'x'.repeat(8_192) }]);
  });

  it('accepts a line of exactly the limit', () => {
    expect(split([`${'y'.repeat(1_000)}\n`], 1_000).lines).toHaveLength(1);
  });

  it('drops a line that is not UTF-8 and goes on', () => {
    const { lines, bad } = split([Buffer.from([0xff, 0xfe, 0x0a]), 'ok\n']);
    expect(lines).toEqual(['ok']);
    expect(bad).toMatchObject([{ code: 'MESSAGE_INVALID' }]);
  });

  it('reports the start of a line that came in pieces as one, so that a secret in it is seen whole', () => {
    expect(split(['{"key":"sk_', 'live_1']).bad).toMatchObject([{ start: '{"key":"sk_live_1' }]);
    expect(split(['sk_li', Buffer.from([0x76, 0x65, 0xff]), '\n']).bad).toMatchObject([{ start: 'sk_live\ufffd' }]);
    expect(split(['sk_', 'live_22\n'], 9).bad).toMatchObject([{ code: 'LINE_TOO_LONG', start: 'sk_live_2' }]);
  });

  it('takes lines of every length, whole and in pieces of every size', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `${index}`.repeat(index * 3 + 1));
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    for (const size of [1, 2, 3, 7, 64, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(split(chunks)).toEqual({ lines, bad: [] });
    }
  });

  it('reports half a line at the end and never takes it for a message', () => {
    const { lines, bad } = split(['{"op":"announce"']);
    expect(lines).toEqual([]);
    expect(bad).toMatchObject([{ code: 'MESSAGE_INVALID', start: '{"op":"announce"' }]);
  });
});
