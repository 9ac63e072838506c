import { describe, expect, it } from '@jest/globals';
import { json } from '../../../src/wire/codec/scalars.js';
import { decodeEnvelope, decodeModuleEnvelope, encodeEnvelope } from '../../../src/wire/envelope.js';

const id = '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00';

describe('the envelope around messages of modules', () => {
  it('comes out as it went in, with 64-bit timestamps', () => {
    const metadata = {
      id: 'm1',
      timestamp: 9_223_372_036_854_775_807n,
      source: 'a',
      destination: 'b',
      properties: { n: 1 },
    };
    const text = encodeEnvelope(id, '{"a":[1]}', metadata);
    expect(decodeEnvelope(text, json)).toEqual({ id, content: { a: [1] }, metadata });
    expect(encodeEnvelope(id, 'null')).toBe(`{"id":"${id}","content":null,"metadata":{}}`);
  });

  it('gives the message in it, also the one a Python module nests', () => {
    expect(decodeModuleEnvelope(encodeEnvelope(id, '{"op":"heartbeat_ack"}'))).toMatchObject({
      kind: 'message',
      message: { op: 'heartbeat_ack' },
    });
    expect(decodeModuleEnvelope(encodeEnvelope(id, '{"op":"get_secret","get_secret":{"name":"K"}}'))).toMatchObject({
      kind: 'message',
      message: { op: 'get_secret', name: 'K' },
    });
    expect(decodeModuleEnvelope(encodeEnvelope(id, '{"op":"new"}'))).toEqual({ kind: 'unknown', op: 'new' });
  });

  it.each([
    ['no JSON', '{'],
    ['a bare message', '{"op":"heartbeat_ack"}'],
    ['no content', `{"id":"${id}"}`],
    ['an id that is no UUID', '{"id":"1","content":{"op":"heartbeat_ack"}}'],
    ['metadata that is null', `{"id":"${id}","content":{"op":"heartbeat_ack"},"metadata":null}`],
    ['content that comes twice', `{"id":"${id}","content":{"op":"heartbeat_ack"},"content":{"op":"heartbeat_ack"}}`],
    [
      'a timestamp beyond 64 bits',
      `{"id":"${id}","content":{"op":"heartbeat_ack"},"metadata":{"timestamp":9223372036854775808}}`,
    ],
  ])('is refused with %s', (_, text) => {
    expect(decodeModuleEnvelope(text).kind).toBe('malformed');
  });
});
