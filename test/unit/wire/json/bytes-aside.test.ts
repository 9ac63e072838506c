import { describe, expect, it } from '@jest/globals';
import { putBytesBack } from '../../../../src/wire/json/bytes-aside.js';
import type { WireJson } from '../../../../src/wire/json/wire-json.js';
import { packJson, writeJson } from '../../../../src/wire/json/write-json.js';

function overFrames(fields: object): WireJson {
  const { text, bytes } = packJson(fields);
  const value = JSON.parse(text) as WireJson;
  if (bytes.length > 0) putBytesBack(value, Buffer.concat(bytes));
  return value;
}

const refused = (reason: string) =>
  expect.objectContaining({ code: 'MESSAGE_INVALID', message: expect.stringContaining(reason) });

describe('bytes beside a message', () => {
  it('come back where they were, in objects, arrays, under odd names and when empty', () => {
    const fields = {
      op: 'x',
      body: Buffer.from([0, 255]),
      params: { rows: [[1, Buffer.from('a')], [Buffer.alloc(0)]], ['__proto__']: null, 'a.b': Buffer.from('dot') },
    };
    const { raw: _, ...read } = overFrames(fields) as Record<string, unknown>;
    expect(read).toEqual(fields);
  });

  it('are not in the text', () => {
    const { text, bytes } = packJson({ op: 'x', body: Buffer.from('hidden') });
    expect(text).toBe('{"op":"x","body":null,"raw":[[["body"],6]]}');
    expect(bytes).toEqual([Buffer.from('hidden')]);
  });

  it('leave a message without them as it is', () => {
    expect(packJson({ op: 'x', n: 2n ** 63n })).toEqual({ text: '{"op":"x","n":9223372036854775808}', bytes: [] });
  });

  it('are base64 where a channel carries text alone', () => {
    expect(writeJson({ a: [Buffer.from('hi'), Uint8Array.of(255)] })).toBe('{"a":["aGk=","/w=="]}');
  });

  it.each<[string, WireJson, string]>([
    ['no places', { body: null }, 'where they belong'],
    ['places that are no list', { raw: {} }, 'where they belong'],
    ['a place that is none', { raw: [1] }, 'no path'],
    ['a negative length', { body: null, raw: [[['body'], -1]] }, 'no path'],
    ['more than came', { body: null, raw: [[['body'], 3]] }, 'fewer'],
    ['less than came', { body: null, raw: [[['body'], 1]] }, 'it says 1'],
    ['a place that does not exist', { raw: [[['body'], 2]] }, 'does not exist'],
    ['a place in nothing', { body: null, raw: [[['body', 'x'], 2]] }, 'does not exist'],
    ['a place of no name', { body: null, raw: [[[], 2]] }, 'does not exist'],
    ['what every object inherits', { body: {}, raw: [[['body', 'constructor', 'prototype'], 2]] }, 'does not exist'],
    ['a place that is taken', { body: 'text', raw: [[['body'], 2]] }, 'not empty'],
  ])('are refused with %s', (_name, message, reason) => {
    expect(() => putBytesBack(message, Buffer.from('hi'))).toThrow(refused(reason));
  });
});
