import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { OutputLines } from '../../../src/logging/output-lines.js';
import { SecretRedactor } from '../../../src/logging/index.js';
import { StreamRedactor } from '../../../src/logging/stream-redactor.js';

const value = 'a-secret/of-30+characters-long';
const long = `${value}${'-and-more-of-it'.repeat(8)}`;

function redactorOf(...values: string[]): SecretRedactor {
  const redactor = new SecretRedactor();
  for (const each of values) redactor.add(each);
  return redactor;
}

const hexOf = (text: string, separator: string) =>
  Buffer.from(text)
    .toString('hex')
    .replaceAll(/(..)(?!$)/g, `$1${separator}`);
const brokenAfter = (length: number, text: string, end: string) =>
  Buffer.from(text)
    .toString('base64')
    .replaceAll(new RegExp(`.{${length}}`, 'g'), (line) => line + end);

/** What the lines of a text that a module printed become where it is captured, in two pieces. */
function captured(redactor: SecretRedactor, output: Buffer, cut: number): string {
  const lines: string[] = [];
  const capture = new OutputLines({ redactor, onLine: (line) => lines.push(line) });
  capture.push(output.subarray(0, cut));
  capture.push(output.subarray(cut));
  capture.end();
  return lines.join('\n');
}

/** What a stream lets out, that was cut there. */
function streamed(redactor: SecretRedactor, output: string, cut: number): string {
  const stream = new StreamRedactor(redactor);
  return stream.push(output.slice(0, cut)) + stream.push(output.slice(cut)) + stream.release();
}

describe('a secret as programs write it', () => {
  it.each([
    ['hexadecimal with colons', `<${hexOf(value, ':')}>`, '<[REDACTED]>'],
    ['the same in capitals', `<${hexOf(value, ':').toUpperCase()}>`, '<[REDACTED]>'],
    ['hexadecimal with spaces, in capitals', `<${hexOf(value, ' ').toUpperCase()}>`, '<[REDACTED]>'],
    ['base64 of base64', Buffer.from(Buffer.from(value).toString('base64')).toString('base64'), /^\[REDACTED\]g?=*$/],
    [
      'base64 of base64 inside something',
      Buffer.from(`{"a":"${Buffer.from(value).toString('base64')}"}`).toString('base64'),
      /^.{1,8}\[REDACTED\].{0,8}$/,
    ],
    ['entities of HTML alone', 'a&#45;secret&#x2f;of-30&#43;characters-long', '[REDACTED]'],
  ])('is hidden as %s, wherever it is cut in two', (_way, text, shown) => {
    const redactor = redactorOf(value);
    const expected = typeof shown === 'string' ? shown : expect.stringMatching(shown);
    expect(redactor.redact(text)).toEqual(expected);
    for (let cut = 0; cut <= text.length; cut += 1)
      expect(captured(redactor, Buffer.from(text), cut)).toEqual(expected);
    if (!text.includes('&'))
      for (let cut = 0; cut <= text.length; cut += 1) expect(streamed(redactor, text, cut)).toEqual(expected);
  });

  it('leaves nothing of it in base64 of base64, but for the end of the inner one', () => {
    for (const length of [27, 28, 29]) {
      const secret = value.slice(0, length);
      const text = Buffer.from(Buffer.from(secret).toString('base64')).toString('base64');
      expect(redactorOf(secret).redact(text)).toMatch(/^\[REDACTED\](?:9?PQ==)?$/);
    }
  });

  it.each([
    ['a Buffer with other bytes before it', Buffer.from(`user:${value}`), /^<Buffer 75 73 65 72 3a \[REDACTED\]>$/],
    ['a Buffer that is cut off', Buffer.from(`${'x'.repeat(40)}${value}`), /^<Buffer (78 ){40}\[REDACTED\] \.\.\. 20/],
    [
      'an array of bytes',
      new Uint8Array(Buffer.from(`u:${value}!`)),
      /^Uint8Array\(33\) \[\s+117,\s+58,\s+\[REDACTED\]33\n\]$/,
    ],
    [
      'an array of bytes that is cut off',
      new Uint8Array(Buffer.from(`${'x'.repeat(90)}${value}`)),
      /120,\s+\[REDACTED\],?\s+\.\.\. 20 more items/,
    ],
    [
      'the JSON of a Buffer as an object',
      Buffer.from(`u:${value}`).toJSON(),
      /data: \[\s+117,\s+58,\s+\[REDACTED\]\s+\]/,
    ],
  ])('is hidden in %s', (_what, printed, shown) => {
    expect(redactorOf(value).redact(inspect(printed))).toMatch(shown);
  });

  it.each([undefined, 2])('is hidden in the JSON of a Buffer, indented by %p', (indent) => {
    const text = JSON.stringify({ body: Buffer.from(`u:${value}!`), other: [1, 2, 3] }, null, indent);
    const shown = redactorOf(value).redact(text);
    expect(shown).toMatch(/117,\s*58,\s*\[REDACTED\],?\s*33/);
    expect(shown.replaceAll(/\s/g, '')).toContain('"other":[1,2,3]');
    expect(redactorOf(value).redact(JSON.stringify(text))).toContain('[REDACTED]');
  });

  it.each([
    [`the key is [${[...Buffer.from(`u:${value}`)].join(', ')}]`, 'the key is [117, 58, [REDACTED]]'],
    [`[\n    ${[...Buffer.from(value)].join(',\n    ')},\n]`, '[\n    [REDACTED],\n]'],
  ])('is hidden in the bytes that other languages print: %j', (text, shown) => {
    expect(redactorOf(value).redact(text)).toBe(shown);
  });

  it('is hidden in arrays of bytes in colour', () => {
    const bytes = new Uint8Array(Buffer.from(`u:${value}, and more than one line of it`));
    const text = inspect({ list: [bytes], plain: [...bytes] }, { colors: true, depth: 5 });
    const shown = redactorOf(value).redact(text);
    expect(shown.match(/\[REDACTED\]/g)).toHaveLength(2);
    expect(captured(redactorOf(value), Buffer.from(text), 40).match(/\[REDACTED\]/g)).toHaveLength(2);
    const cut = inspect(new Uint8Array(Buffer.from(`${'x'.repeat(90)}${value}`)), { colors: true });
    expect(redactorOf(value).redact(cut)).toMatch(/\[REDACTED\].*\.\.\. 20 more items/s);
  });

  it('is hidden in captured lines that belong together, in whatever pieces they come', () => {
    const printed = [
      inspect(new Uint8Array(Buffer.from(`user:${value}, and more than one line of it`))),
      JSON.stringify({ body: Buffer.from(`u:${value}!`) }, null, 2),
      brokenAfter(76, `${'x'.repeat(50)}${value} and something after it`, '\n'),
    ];
    for (const text of printed) {
      const shown = redactorOf(value).redact(`${text}\n`);
      expect(shown).toContain('[REDACTED]');
      for (const cut of [0, 1, 40, text.length])
        expect(captured(redactorOf(value), Buffer.from(`before\n${text}\nafter\n`), cut)).toBe(`before\n${shown}after`);
    }
  });

  it('leaves arrays of numbers and prints of other bytes alone', () => {
    const redactor = redactorOf(value);
    for (const text of [
      inspect(Buffer.from('something else of more than fifty bytes, which Node does not print to its end')),
      'Buffer sizes: [ 1, 2, 300, 4 ] and [115, 101]',
      '[12:30:01] <Buffer> of [5] [ 1,',
      'no\0thing\n',
    ])
      expect(redactor.redact(text)).toBe(text);
  });

  it.each([
    [64, '\n'],
    [76, '\r\n'],
    [76, '\n    '],
  ])('is hidden in base64 that is broken after %p characters by %j', (length, end) => {
    const redactor = redactorOf(value);
    // The beginning of the value, its middle and its end stand at the break.
    for (let before = 20; before < 60; before += 1) {
      const text = brokenAfter(length, `${'x'.repeat(before)}${value} and something after it`, end);
      const shown = redactor.redact(`<${text}>`);
      const left = Buffer.from(shown.replaceAll(/[^A-Za-z0-9+/=[\]]/g, '').split('[REDACTED]')[0]!, 'base64');
      expect(shown).toContain('[REDACTED]');
      expect(left.toString('latin1')).not.toContain('a-s');
    }
  });

  it.each([64, 76])('is hidden line by line where its own base64 is broken after %p characters', (length) => {
    const redactor = redactorOf(long);
    const text = brokenAfter(length, long, '\n');
    const lines = text.split('\n').filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(2);
    expect(captured(redactor, Buffer.from(text), 70)).toBe('[REDACTED]');
    // Whole lines that leave one after the other.
    const stream = new StreamRedactor(redactor);
    const shown = lines.map((line) => stream.push(`${line}\n`)).join('');
    expect(shown).toBe('[REDACTED]\n'.repeat(lines.length));
  });

  it.each(['utf16le', 'utf16be'])('is hidden in what a module prints in %s, wherever it is cut', (order) => {
    const bytes = Buffer.from(`key: ${value}.`, 'utf16le');
    const output = order === 'utf16le' ? bytes : bytes.swap16();
    for (let cut = 0; cut <= output.length; cut += 1) {
      for (const shown of [
        captured(redactorOf(value), output, cut),
        streamed(redactorOf(value), output.toString('latin1'), cut),
      ]) {
        const read = shown.replaceAll('\0', '');
        expect(read).toBe('key: [REDACTED].');
      }
    }
  });
});
