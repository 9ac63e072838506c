import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { SecretRedactor } from '../../../src/logging/index.js';

function redactorFor(...values: string[]): SecretRedactor {
  const redactor = new SecretRedactor();
  for (const value of values) redactor.add(value);
  return redactor;
}

describe('SecretRedactor', () => {
  it('returns text unchanged while it knows no value', () => {
    expect(new SecretRedactor().redact('nothing here')).toBe('nothing here');
  });

  it('hides a value wherever it appears', () => {
    expect(redactorFor('sk_live_1').redact('sk_live_1, then sk_live_1!')).toBe('[REDACTED], then [REDACTED]!');
  });

  it('matches the longest value first, so that no tail of it leaks', () => {
    expect(redactorFor('abc', 'abcdef').redact('abcdef abc')).toBe('[REDACTED] [REDACTED]');
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

  it.each(['', 'true', 'FALSE', '5', '100'])('leaves %p alone, which would blank ordinary text everywhere', (value) => {
    expect(redactorFor(value).redact('true, FALSE and 5 of 100')).toBe('true, FALSE and 5 of 100');
  });

  it('changes nothing when it redacts what it redacted', () => {
    const redactor = redactorFor('RED', 'secret-value');
    const once = redactor.redact('RED secret-value');
    expect(once).toBe('[REDACTED] [REDACTED]');
    expect(redactor.redact(once)).toBe(once);
  });

  it('takes a value of 1 MiB and thousands of values', () => {
    const large = Array.from({ length: 100_000 }, (_, index) => `${(index * 7919) % 99_991}-chunk`).join('');
    const redactor = redactorFor(large, ...Array.from({ length: 3_000 }, (_, index) => `secret-number-${index}-end`));
    expect(redactor.redact(`<${large}> secret-number-2999-end`)).toBe('<[REDACTED]> [REDACTED]');
  });
});
