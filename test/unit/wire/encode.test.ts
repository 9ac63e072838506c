import { describe, expect, it } from '@jest/globals';
import { encodeMessage } from '../../../src/wire/encode.js';
import type { WireJson } from '../../../src/wire/index.js';

const encodeValue = (value: string) => encodeMessage({ op: 'secret', name: 'KEY', value }, { extensions: true });

describe('encoding a message', () => {
  it('writes text that every reader accepts: half surrogate pairs become U+FFFD, all else stays', () => {
    expect(encodeValue('a\ud800\udbff\udc00b\udfff')).toBe(
      '{"op":"secret","name":"KEY","value":"a\ufffd\u{10fc00}b\ufffd"}',
    );
    for (const text of ['\\ud800', '\\\\ud800', '\u{1f600}', '\0\u2028"'])
      expect((JSON.parse(encodeValue(text)) as { value: string }).value).toBe(text);
  });

  it('refuses what JSON cannot hold, naming the message', () => {
    const result: WireJson[] = [];
    result.push(result);
    expect(() =>
      encodeMessage({ op: 'service_operation_result', success: true, result, error: null }, { extensions: true }),
    ).toThrow(
      expect.objectContaining({
        code: 'MESSAGE_INVALID',
        message: expect.stringContaining('service_operation_result cannot be written as JSON'),
      }),
    );
  });
});
