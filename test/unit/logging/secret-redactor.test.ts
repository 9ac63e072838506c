import { inspect } from 'node:util';
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SecretRedactor } from '../../../src/logging/index.js';

function redactorFor(...values: string[]): SecretRedactor {
  const redactor = new SecretRedactor();
  for (const value of values) redactor.add(value);
  return redactor;
}

const day = 24 * 60 * 60_000;

describe('SecretRedactor', () => {
  afterEach(() => void jest.useRealTimers());

  it('returns text unchanged while it knows no value', () => {
    expect(new SecretRedactor().redact('nothing here')).toBe('nothing here');
  });

  it('hides a value wherever it appears', () => {
    expect(redactorFor('sk_live_1').redact('sk_live_1, then sk_live_1!')).toBe('[REDACTED], then [REDACTED]!');
  });

  it('matches the longest value first, so that no tail of it leaks', () => {
    expect(redactorFor('abcd', 'abcdef').redact('abcdef abcd')).toBe('[REDACTED] [REDACTED]');
  });

  it('hides the whole stretch where two values overlap', () => {
    expect(redactorFor('token-one', 'one-more').redact('<token-one-more>')).toBe('<[REDACTED]>');
  });

  it('keeps hiding a value after another has been added', () => {
    const redactor = redactorFor('first-value');
    expect(redactor.redact('first-value')).toBe('[REDACTED]');
    redactor.add('second-value');
    expect(redactor.redact('first-value second-value')).toBe('[REDACTED] [REDACTED]');
  });

  it('takes every character literally', () => {
    const value = 'a.b*c(d)[e]{2}^$|\\?+😀';
    expect(redactorFor(value).redact(`<${value}> a-b-c`)).toBe('<[REDACTED]> a-b-c');
  });

  it.each([
    ['JSON', (value: string) => JSON.stringify({ value })],
    ['util.inspect', (value: string) => inspect({ value }, { breakLength: Infinity })],
    ['base64', (value: string) => Buffer.from(value).toString('base64')],
    ['base64url', (value: string) => Buffer.from(value).toString('base64url')],
    ['percent-encoding', (value: string) => encodeURIComponent(value)],
    ['a form', (value: string) => String(new URLSearchParams({ value, other: 'field' }))],
    ['JSON inside JSON', (value: string) => JSON.stringify({ body: JSON.stringify({ value }) })],
    [
      'JSON in ASCII',
      (value: string) => JSON.stringify({ value }).replaceAll(/[\u0080-\uffff]/g, () => String.raw`\u00f6`),
    ],
  ])('hides the form a value takes in %s', (_name, encode) => {
    const value = 'p@ss "wörd"\n>>??~~';
    expect(redactorFor(value).redact(encode('before'))).toBe(encode('before'));
    const shown = redactorFor(value).redact(encode(value));
    expect(shown).toContain('[REDACTED]');
    expect(shown.replaceAll('[REDACTED]', '')).not.toMatch(/w.{0,6}rd|cEBz/);
  });

  it('hides a Buffer of which Node prints only the beginning', () => {
    const value = 'a-secret-of-many-bytes-'.repeat(4);
    const shown = redactorFor(value).redact(inspect(Buffer.from(value)));
    expect(shown).toBe('<Buffer [REDACTED] ... 42 more bytes>');
  });

  it('keeps ordinary text when it is given what is too short to be a secret', () => {
    const text = 'pid 12000, 5xx, 78 ms, box';
    expect(redactorFor('x').redact(text)).toBe(text);
  });

  it('hides each line of a value of several lines, because captured output comes line by line', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqh\nQw==\n-----END KEY-----\n';
    expect(redactorFor(key).redact('line: MIIEvQIBADANBgkqh')).toBe('line: [REDACTED]');
    expect(redactorFor(key).redact(inspect({ list: [key] }, { breakLength: 40 }))).not.toMatch(/MIIEv|Qw==/);
  });

  it('hides the strings inside a JSON value and the password inside a URL', () => {
    expect(redactorFor('{"user":"app","password":"hunter2hunter2"}').redact('as hunter2hunter2')).toBe('as [REDACTED]');
    expect(redactorFor('postgres://app:p%40ssword@db/main').redact('p@ssword p%40ssword')).toBe(
      '[REDACTED] [REDACTED]',
    );
  });

  it.each(['', 'true', 'FALSE', '5', '100', 'x', 'abc'])(
    'leaves %p alone, which would blank ordinary text everywhere',
    (value) => {
      expect(redactorFor(value).redact('true, FALSE and 5 of 100')).toBe('true, FALSE and 5 of 100');
    },
  );

  it('hides the strings inside a JSON value however deep they stand', () => {
    const redactor = new SecretRedactor();
    redactor.add(`${'['.repeat(50_000)}"deep-in-there"${']'.repeat(50_000)}`);
    expect(redactor.redact('it is deep-in-there')).toBe('it is [REDACTED]');
  });

  it('changes nothing when it redacts what it redacted', () => {
    const redactor = redactorFor('REDA', 'secret-value');
    const once = redactor.redact('REDA secret-value');
    expect(once).toBe('[REDACTED] [REDACTED]');
    expect(redactor.redact(once)).toBe(once);
  });

  it('takes a value of 1 MiB and thousands of values', () => {
    const large = Array.from({ length: 100_000 }, (_, index) => `${(index * 7919) % 99_991}-chunk`).join('');
    const redactor = redactorFor(large, ...Array.from({ length: 3_000 }, (_, index) => `secret-number-${index}-end`));
    expect(redactor.redact(`<${large}> secret-number-2999-end`)).toBe('<[REDACTED]> [REDACTED]');
  });

  it('hides base64 and base64url wherever in the encoded bytes the value begins, with the characters it shares', () => {
    const value = 'p?ss>w~rd/secret';
    for (let before = 0; before < 7; before++) {
      for (let after = 0; after < 7; after++) {
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.from('\0'.repeat(before) + value + '\0'.repeat(after)).toString(encoding);
          const shown = redactorFor(value).redact(`<${text}>`);
          // What is left is of the zero bytes around it alone.
          expect(shown).toMatch(/^<A*\[REDACTED\]A*=*>$/);
        }
      }
    }
  });

  it.each([
    ['hexadecimal', (value: string) => Buffer.from(value).toString('hex')],
    ['hexadecimal in capitals', (value: string) => Buffer.from(value).toString('hex').toUpperCase()],
    ['a printed Buffer', (value: string) => inspect(Buffer.from(value)).slice('<Buffer '.length, -1)],
    ['the JSON of a Buffer', (value: string) => JSON.stringify(Buffer.from(value).toJSON().data).slice(1, -1)],
    ['escapes of every character', (value: string) => value.replaceAll(/[^]/g, unicodeEscape)],
    [
      'escapes of JavaScript',
      (value: string) => value.replaceAll(/[^]/g, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`),
    ],
    ['percent-encoding of every byte', (value: string) => Buffer.from(value).toString('hex').replaceAll(/../g, '%$&')],
    ['JSON that is safe in HTML', (value: string) => JSON.stringify(value).slice(1, -1).replaceAll('>', '\\u003E')],
    ['percent-encoding twice', (value: string) => encodeURIComponent(encodeURIComponent(value))],
    ['percent-encoding in small letters', (value: string) => encodeURIComponent(value).toLowerCase()],
  ])('hides all of a value in %s', (_way, encode) => {
    const value = 'pä?s>w\n"rd😀/s"';
    const encoded = encode(value.toLowerCase());
    expect(redactorFor(value.toLowerCase()).redact(`<${encoded}>`)).toBe('<[REDACTED]>');
  });

  it('shows numbers, booleans and durations wherever they are no secret, and hides what stands under their names', () => {
    const redactor = new SecretRedactor();
    redactor.add('86400000', { name: 'MAX_AGE', form: 'number' });
    redactor.add('true', { name: 'BETA' });
    redactor.add('10m', { name: 'SESSION_LENGTH', form: 'duration' });
    expect(redactor.redact('86400000 ms is true for 10m')).toBe('86400000 ms is true for 10m');
    expect(['MAX_AGE', 'maxAge', 'max-age', 'sessionLength'].every((key) => redactor.hidesKey(key))).toBe(true);
    expect([redactor.hidesKey('age'), redactor.hidesKey('password')]).toEqual([false, true]);
  });

  it('takes the word of who knows that a value is a number over that of who does not', () => {
    const redactor = new SecretRedactor();
    redactor.add('12345678', { name: 'LIMIT' });
    expect(redactor.redact('12345678')).toBe('[REDACTED]');
    redactor.add('12345678', { name: 'LIMIT', form: 'number' });
    redactor.add('12345678', { name: 'LIMIT' });
    expect([redactor.redact('12345678'), redactor.size]).toEqual(['12345678', 0]);
  });

  it('hides a retired value for a day, then drops it', () => {
    jest.useFakeTimers();
    const redactor = redactorFor();
    redactor.add('first-value', { name: 'KEY' });
    redactor.add('second-value', { name: 'KEY' });
    redactor.retire('first-value', 'KEY');
    jest.advanceTimersByTime(day - 1);
    expect(redactor.redact('first-value second-value')).toBe('[REDACTED] [REDACTED]');
    jest.advanceTimersByTime(1);
    expect(redactor.redact('first-value second-value')).toBe('first-value [REDACTED]');
    expect([redactor.size, jest.getTimerCount()]).toEqual([1, 0]);
  });

  it('keeps a value that two secrets have until both have another', () => {
    jest.useFakeTimers();
    const redactor = new SecretRedactor({ keepRetired: '1s' });
    for (const name of ['ONE', 'OTHER', 'ONE']) redactor.add('shared-value', { name });
    redactor.retire('shared-value', 'ONE');
    redactor.retire('shared-value', 'ONE');
    redactor.retire('shared-value', 'NEITHER');
    jest.advanceTimersByTime(day);
    expect(redactor.redact('shared-value')).toBe('[REDACTED]');
    redactor.retire('shared-value', 'OTHER');
    jest.advanceTimersByTime(1_000);
    expect(redactor.redact('shared-value')).toBe('shared-value');
  });

  it('takes a value that only one secret has for retired, whether or not its name is said', () => {
    const redactor = new SecretRedactor({ mostRetired: 0 });
    redactor.add('named-value', { name: 'ONE' });
    redactor.add('shared-value', { name: 'ONE' });
    redactor.add('shared-value', { name: 'OTHER' });
    redactor.add('shared-value');
    for (const value of ['named-value', 'shared-value', 'shared-value', 'unknown']) redactor.retire(value);
    expect(redactor.redact('named-value shared-value')).toBe('named-value [REDACTED]');
  });

  it('hides a retired value for good again when it comes back', () => {
    jest.useFakeTimers();
    const redactor = new SecretRedactor({ keepRetired: '1s' });
    redactor.add('old-value');
    redactor.retire('old-value');
    redactor.add('old-value');
    jest.advanceTimersByTime(day);
    expect(redactor.redact('old-value')).toBe('[REDACTED]');
  });

  it('keeps so many retired values and no more', () => {
    const redactor = new SecretRedactor({ mostRetired: 3 });
    for (let version = 0; version < 100; version++) {
      redactor.add(`value-number-${version}`);
      redactor.retire(`value-number-${version}`);
    }
    expect([redactor.size, redactor.redact('value-number-99 value-number-96')]).toEqual([
      3,
      '[REDACTED] value-number-96',
    ]);
  });

  it('gives back the memory of the values it drops', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    jest.useFakeTimers();
    const redactor = new SecretRedactor({ keepRetired: '1s' });
    const heapUsed = () => (collectGarbage(), process.memoryUsage().heapUsed);
    redactor.add('stays-here');
    redactor.redact('some text');
    const before = heapUsed();
    let values = Array.from({ length: 300 }, () => randomBytes(2_000).toString('base64url'));
    for (const value of values) redactor.add(value, { name: 'KEY' });
    expect(redactor.redact(values[299]!)).toBe('[REDACTED]');
    const held = heapUsed() - before;
    for (const value of values) redactor.retire(value, 'KEY');
    values = [];
    jest.advanceTimersByTime(1_000);
    expect(redactor.size).toBe(1);
    expect(heapUsed() - before).toBeLessThan(held / 20);
  });

  it('tells how much of the end of a text may be the beginning of a secret', () => {
    const redactor = redactorFor('zqx-secret', 'zq');
    expect([
      redactor.openEnd('text zqx-sec'),
      redactor.openEnd('text zqx-secret'),
      redactor.openEnd('text zqx-sek'),
    ]).toEqual([7, 0, 0]);
    expect([new SecretRedactor().openEnd('text'), redactor.openEnd('text q z')]).toEqual([0, 1]);
  });
});

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
