import { describe, expect, it } from '@jest/globals';
import { decoratorProblems } from '../../../src/container/index.js';
import { Secret, type SecretOptions } from '../../../src/secrets/index.js';

function problemsOf(options: SecretOptions): string[] {
  class Reader {
    constructor(@Secret('KEY', options) readonly secret: unknown) {}
  }
  return decoratorProblems.of(Reader).map(({ message }) => message);
}

describe('the default of @Secret', () => {
  it.each<SecretOptions>([
    { default: 'text' },
    { as: 'number', default: 5 },
    { as: 'boolean', default: false },
    { as: 'json', default: null },
    { as: 'url', default: new URL('https://example.com') },
    { as: 'duration', default: 30_000 },
    { as: 'bytes', default: new Uint8Array(1) },
    { as: (text) => text.split(','), default: [] },
  ])('is the parsed value: %p', (options) => {
    expect(problemsOf(options)).toEqual([]);
  });

  it.each<SecretOptions>([
    { default: 5 },
    { as: 'number', default: '5' },
    { as: 'boolean', default: 'true' },
    { as: 'url', default: 'https://example.com' },
    { as: 'duration', default: '30s' },
    { as: 'bytes', default: 'AQID' },
  ])('is refused before anything is read when it is its text: %p', (options) => {
    const as = options.as ?? 'string';
    expect(problemsOf(options)).toEqual([
      `@Secret has a default for 'KEY' that is not what '${String(as)}' reveals: write the parsed value, not its text`,
    ]);
  });
});
