import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SecretRedactor } from '../../../src/logging/index.js';
import { StreamRedactor } from '../../../src/logging/stream-redactor.js';

function streamFor(...secrets: string[]): StreamRedactor {
  const redactor = new SecretRedactor();
  for (const secret of secrets) redactor.add(secret);
  return new StreamRedactor(redactor);
}

describe('StreamRedactor', () => {
  it('hides a secret that comes in any number of writes', () => {
    const text = 'before zq_live_42 and zq_live_4242 after.';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (sizes) => {
        const stream = streamFor('zq_live_42', 'zq_live_4242', '42 and');
        let shown = '';
        for (let at = 0, piece = 0; at < text.length; piece++) {
          const size = sizes[piece % sizes.length]!;
          shown += stream.push(text.slice(at, at + size));
          at += size;
        }
        expect(shown + stream.release()).toBe('before [REDACTED] [REDACTED] after.');
      }),
    );
  });

  it('keeps back only what may be the beginning of a secret, and never the end of a line', () => {
    const stream = streamFor('zq_live_42', '\n');
    expect([stream.push('Name: '), stream.keepsSomething]).toEqual(['Name: ', false]);
    expect([stream.push('zq_li'), stream.keepsSomething]).toEqual(['', true]);
    expect([stream.push('ne\n'), stream.keepsSomething]).toEqual(['zq_line\n', false]);
  });

  it('hides the rest of a secret whose beginning had to be let out', () => {
    const stream = streamFor('zq_live_42');
    expect([stream.push('<zq_l'), stream.release(), stream.push('ive_'), stream.push('42>')]).toEqual([
      '<',
      'zq_l',
      '',
      '[REDACTED]>',
    ]);
  });

  it('hides the rest of a longer secret, too, when the shorter one in it was let out hidden', () => {
    const stream = streamFor('zq_live_42', 'zq_live_42_more');
    expect([stream.push('zq_live_42'), stream.release(), stream.push('_mo'), stream.push('re!')]).toEqual([
      '',
      '[REDACTED]',
      '',
      '[REDACTED]!',
    ]);
  });

  it('hides a secret that was let out only once', () => {
    const stream = streamFor('zq_live_42', 'zq_live_42_more');
    expect([stream.push('zq_live_42'), stream.release(), stream.push(' and ')]).toEqual(['', '[REDACTED]', ' and ']);
  });

  it('finds a secret in the bytes of its characters', () => {
    const stream = streamFor('zqö_€_😀');
    const bytes = Buffer.from('<zqö_€_😀>').toString('latin1');
    let shown = '';
    for (const byte of bytes) shown += stream.push(byte);
    expect(shown).toBe('<[REDACTED]>');
  });
});
