import { describe, expect, it } from '@jest/globals';
import { LineSplitter } from '../../../../src/wire/channels/line-splitter.js';

function split(chunks: readonly (string | Buffer)[], limit = 1_000) {
  const lines: string[] = [];
  const bad: { code: unknown; start: string }[] = [];
  const splitter = new LineSplitter(limit, {
    onLine: (line) => lines.push(line),
    onBadLine: (error, start) => bad.push({ code: (error as { code?: string }).code, start }),
  });
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
    const { lines, bad } = split(['x'.repeat(600), 'x'.repeat(600), 'x\nnext\n'], 1_000);
    expect(lines).toEqual(['next']);
    expect(bad).toEqual([{ code: 'LINE_TOO_LONG', start: 'x'.repeat(200) }]);
  });

  it('accepts a line of exactly the limit', () => {
    expect(split([`${'y'.repeat(1_000)}\n`], 1_000).lines).toHaveLength(1);
  });

  it('drops a line that is not UTF-8 and goes on', () => {
    const { lines, bad } = split([Buffer.from([0xff, 0xfe, 0x0a]), 'ok\n']);
    expect(lines).toEqual(['ok']);
    expect(bad).toMatchObject([{ code: 'MESSAGE_INVALID' }]);
  });

  it('reports half a line at the end and never takes it for a message', () => {
    const { lines, bad } = split(['{"op":"announce"']);
    expect(lines).toEqual([]);
    expect(bad).toMatchObject([{ code: 'MESSAGE_INVALID', start: '{"op":"announce"' }]);
  });
});
