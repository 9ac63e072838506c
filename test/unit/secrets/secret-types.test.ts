import { describe, expect, it } from '@jest/globals';
import { Secret, type SecretOf, type SecretOptions, type SecretValue } from '../../../src/secrets/index.js';

/** Compiles only for two types that are the same. */
const same = <A, B>(isSame: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false) =>
  isSame;

describe('the types of @Secret', () => {
  it('say what is injected: with a default it is always there', () => {
    expect([
      same<SecretOf<{}>, SecretValue>(true),
      same<SecretOf<{ as: 'number' }>, SecretValue<number>>(true),
      same<SecretOf<{ optional: true }>, SecretValue | undefined>(true),
      same<SecretOf<{ optional: true; default: 'text' }>, SecretValue>(true),
      same<SecretOf<{ optional: true; default: undefined }>, SecretValue | undefined>(true),
      same<SecretOf<{ as: 'number'; default: 5 }>, SecretValue<number>>(true),
      same<SecretOf<{ as: (text: string) => string[] }>, SecretValue<string[]>>(true),
    ]).not.toContain(false);
  });

  it('take a default that is what the form reveals, and no other', () => {
    const options: SecretOptions = { as: 'number', default: 5 };
    const right = [
      Secret('KEY', { default: 'text' }),
      Secret('KEY', { as: 'number', default: 5 }),
      Secret('KEY', { as: 'boolean', default: false }),
      Secret('KEY', { as: 'json', default: null }),
      Secret('KEY', { as: 'json', default: { list: [1] } }),
      Secret('KEY', { as: 'url', default: new URL('https://example.com') }),
      Secret('KEY', { as: 'duration', default: 30_000 }),
      Secret('KEY', { as: 'bytes', default: new Uint8Array(1) }),
      Secret('KEY', { as: (text) => text.split(','), default: [] }),
      Secret('KEY', { as: (text) => text.split(','), default: ['a'] }),
      Secret('KEY', options),
      Secret('KEY'),
    ];
    const wrong = [
      // @ts-expect-error -- The default of a text is text.
      Secret('KEY', { default: 5 }),
      // @ts-expect-error -- A number is written as one.
      Secret('KEY', { as: 'number', default: '5' }),
      // @ts-expect-error -- A duration reveals milliseconds.
      Secret('KEY', { as: 'duration', default: '30s' }),
      // @ts-expect-error -- A URL is written as one.
      Secret('KEY', { as: 'url', default: 'https://example.com' }),
      // @ts-expect-error -- The parser gives a list.
      Secret('KEY', { as: (text: string) => text.split(','), default: 'a,b' }),
    ];
    expect([...right, ...wrong].every((decorator) => typeof decorator === 'function')).toBe(true);
  });
});
