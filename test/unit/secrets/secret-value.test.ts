import { deepStrictEqual } from 'node:assert';
import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from '@jest/globals';
import { SecretValue, switchSecret } from '../../../src/secrets/secret-value.js';

const secret = new SecretValue('STRIPE_KEY', 'sk_live_42', 'v1');

describe('SecretValue', () => {
  it('reveals its value only when asked', () => {
    expect([secret.reveal(), secret.name, secret.version]).toEqual(['sk_live_42', 'STRIPE_KEY', 'v1']);
  });

  it.each([
    ['String()', String(secret)],
    ['a template', `${secret}`],
    ['concatenation', (secret as unknown as string) + ''],
    ['JSON', JSON.stringify({ secret, list: [secret] })],
    ['util.inspect', inspect({ secret }, { depth: 9, showHidden: true })],
    ['format', format('%s %o %j', secret, secret, secret)],
    ['valueOf', String(secret.valueOf())],
    ['an error message', new Error(`failed with ${secret}`).message],
    ['own keys', JSON.stringify(Object.getOwnPropertyNames(secret))],
    ['util.inspect of a proxy', inspect(new Proxy(secret, {}), { showProxy: true, showHidden: true })],
    ['util.inspect without its own way', inspect(secret, { customInspect: false, showHidden: true })],
    ['the cause of an error', inspect(new Error('failed', { cause: secret }), { showHidden: true })],
    ['v8.serialize', serialize(secret).toString('latin1')],
    ['console.table and console.dir', printed((console) => [console.table([secret]), console.dir({ secret })])],
    ['a difference of assert', differenceOf(secret)],
    ['spreading', JSON.stringify({ ...secret })],
    ['structuredClone', inspect(structuredClone(secret), { showHidden: true })],
  ])('does not show its value through %s', (_way, text) => {
    expect(text).not.toContain('sk_live_42');
  });

  it('prints as [REDACTED]', () => {
    expect([`${secret}`, JSON.stringify(secret), format('%s', secret)]).toEqual([
      '[REDACTED]',
      '"[REDACTED]"',
      expect.stringContaining('[REDACTED]'),
    ]);
  });

  it('shows [REDACTED] also where it is inspected without its own way, as console.dir does', () => {
    expect(printed((console) => console.dir({ secret }))).toContain('SecretValue [REDACTED] {}');
  });

  it('is live: switching changes what the same handle reveals', () => {
    const handle = new SecretValue<number>('LIMIT', 1);
    switchSecret(handle, 2, 'v2');
    expect([handle.reveal(), handle.version]).toEqual([2, 'v2']);
  });
});

function printed(print: (console: Console) => unknown): string {
  const output = new PassThrough();
  print(new Console(output));
  return String(output.read());
}

function differenceOf(value: unknown): string {
  try {
    deepStrictEqual({ value }, { value: 'another' });
  } catch (error) {
    return String(error);
  }
  throw new Error('there is no difference');
}
