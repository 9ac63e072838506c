import { describe, expect, it, jest } from '@jest/globals';
import { cutMark, OutputLines, SecretRedactor } from '../../../src/logging/index.js';

function collect(maxLineBytes?: number, ...secrets: string[]) {
  const lines: string[] = [];
  const redactor = new SecretRedactor();
  for (const secret of secrets) redactor.add(secret);
  const output = new OutputLines({
    redactor,
    onLine: (line) => void lines.push(line),
    ...(maxLineBytes && { maxLineBytes }),
  });
  return { lines, output };
}

describe('OutputLines', () => {
  it('delivers each line without its line end, however the chunks are cut', () => {
    const bytes = Buffer.from('one\r\ntwö 😀\n\nlast');
    for (let size = 1; size <= bytes.length; size++) {
      const { lines, output } = collect();
      for (let at = 0; at < bytes.length; at += size) output.push(bytes.subarray(at, at + size));
      output.end();
      expect(lines).toEqual(['one', 'twö 😀', '', 'last']);
    }
  });

  it('holds an unfinished line back until the end', () => {
    const { lines, output } = collect();
    output.push(Buffer.from('unfinished'));
    expect(lines).toEqual([]);
    output.end();
    expect(lines).toEqual(['unfinished']);
    output.end();
    expect(lines).toHaveLength(1);
  });

  it('delivers a line that may go on in the next one after a moment, and before any other', () => {
    jest.useFakeTimers();
    const { lines, output } = collect();
    output.push(Buffer.from('{\n"a": [\n1,\n'));
    expect(lines).toEqual(['{']);
    output.push(Buffer.from('2 ]\n}\n"b": 1,\n'));
    expect(lines).toEqual(['{', '"a": [', '1,', '2 ]', '}']);
    expect(lines).toHaveLength(5);
    jest.advanceTimersByTime(50);
    jest.useRealTimers();
    expect(lines.at(-1)).toBe('"b": 1,');
    output.push(Buffer.from(`${'x'.repeat(99)}\n`.repeat(1_000)));
    expect(lines.length).toBeGreaterThan(600);
    output.end();
    expect(lines).toHaveLength(1_006);
  });

  it('redacts secrets that arrive in two chunks', () => {
    const { lines, output } = collect(undefined, 'sk_live_42');
    output.push(Buffer.from('key sk_li'));
    output.push(Buffer.from('ve_42.\n'));
    expect(lines).toEqual(['key [REDACTED].']);
  });

  it('cuts long lines into marked pieces that never split a character', () => {
    for (const unit of ['x', 'ä', '€', '😀']) {
      const text = unit.repeat(100);
      const { lines, output } = collect(10);
      output.push(Buffer.from(`${text}\nnext\n`));
      const pieces = lines.slice(0, -1);
      expect(lines.at(-1)).toBe('next');
      expect(pieces.slice(0, -1).every((piece) => piece.endsWith(cutMark))).toBe(true);
      expect(pieces.map((piece) => piece.replace(cutMark, '')).join('')).toBe(text);
      expect(Math.max(...pieces.map((piece) => Buffer.byteLength(piece.replace(cutMark, ''))))).toBeLessThanOrEqual(10);
    }
  });

  it('delivers pieces of an endless line as it grows, instead of keeping it', () => {
    const { lines, output } = collect(16);
    for (let chunk = 0; chunk < 100; chunk++) output.push(Buffer.from('abcdefgh'));
    expect(lines.length).toBeGreaterThan(45);
    output.end();
    expect(lines.map((piece) => piece.replace(cutMark, '')).join('')).toBe('abcdefgh'.repeat(100));
  });

  it('leaks no part of a secret that straddles the end of a piece', () => {
    for (let before = 0; before < 40; before++) {
      const { lines, output } = collect(16, 'sk_live_42');
      for (const byte of Buffer.from(`${'.'.repeat(before)}sk_live_42${'.'.repeat(40)}`))
        output.push(Buffer.from([byte]));
      output.end();
      expect(lines.join('').replaceAll(cutMark, '')).toBe(`${'.'.repeat(before)}[REDACTED]${'.'.repeat(40)}`);
    }
  });

  it('shows bytes that are no text as replacement characters', () => {
    const { lines, output } = collect();
    output.push(Buffer.from([0x61, 0xff, 0x0a]));
    expect(lines).toEqual(['a\ufffd']);
  });
});
