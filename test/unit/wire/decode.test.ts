import { describe, expect, it } from '@jest/globals';
import { decodeInitLine, decodeModuleLine, decodeOrchestratorLine } from '../../../src/wire/decode.js';
import { encodeMessage } from '../../../src/wire/encode.js';
import type { HttpResponseMessage, ModuleMessage, OrchestratorMessage } from '../../../src/wire/messages.js';

const fromModule: ModuleMessage[] = [
  {
    op: 'announce',
    listen: '127.0.0.1:1',
    endpoints: [{ path: '/x', methods: ['GET'] }],
    ext: { v: 1, features: ['corr'] },
  },
  { op: 'get_secret', name: 'K', request_id: 'r' },
  { op: 'rotation_ack', rotation_id: 'r', status: 'error', message: 'no' },
  { op: 'service_request', id: 'i', service_type: 'Database', config: { name: 'default' } },
  {
    op: 'service_operation',
    connection_id: 'c',
    service_type: { Custom: 'x' },
    operation: 'query',
    params: null,
    request_id: 'q',
  },
  {
    op: 'http_response',
    request_id: 'r',
    status_code: 200,
    headers: { a: 'b' },
    body: new Uint8Array([104, 0, 255]),
    headers_multi: [['a', 'b']],
  },
  { op: 'port_request', request_id: 'r', specific_port: null },
  { op: 'heartbeat_ack', seq: 3 },
];
const fromOrchestrator: OrchestratorMessage[] = [
  {
    op: 'init',
    orchestrator_api: 'http://o',
    module_id: 'm',
    env: { A: 'b' },
    listen: '127.0.0.1:1',
    security_level: 'None',
    ext: { v: 1, features: [], nonce: 'n' },
  },
  { op: 'secret', name: 'K', value: '', found: false, error: 'none', error_code: 'SECRET_NOT_FOUND' },
  { op: 'rotated', keys: ['K'], rotation_id: 'r', reason: 'rollback', deadline_ms: 5, overlap_ms: 0 },
  { op: 'shutdown', grace_ms: 5, reason: 'stop' },
  {
    op: 'service_response',
    id: 'i',
    service_type: 'Cache',
    success: true,
    error: null,
    connection_id: 'c',
    info: { type: 'x' },
  },
  { op: 'service_operation_result', success: true, result: [1], error: null, request_id: 'r', connection_id: 'c' },
  { op: 'http_request', request_id: 'r', method: 'POST', uri: '/x', headers: {}, body: null },
  { op: 'port_response', request_id: 'r', success: false, port: 0, error_message: 'no' },
  { op: 'heartbeat', seq: 1 },
];

/** Buffers and plain byte arrays are the same bytes. */
function comparable(message: ModuleMessage | OrchestratorMessage): unknown {
  return 'body' in message && message.body !== null ? { ...message, body: [...message.body] } : message;
}

describe('encoding and decoding', () => {
  it.each(fromModule)('brings $op of a module back as it was, with and without extensions', (message) => {
    for (const extensions of [true, false]) {
      const decoded = decodeModuleLine(encodeMessage(message, { extensions, nonce: 'n' }));
      expect(decoded.kind === 'message' && { message: comparable(decoded.message), nonce: decoded.nonce }).toEqual({
        message: comparable(message),
        nonce: 'n',
      });
    }
  });

  it.each(fromOrchestrator)('brings $op of an orchestrator back as it was', (message) => {
    const decoded = decodeOrchestratorLine(encodeMessage(message, { extensions: false }));
    expect(decoded.kind === 'message' && comparable(decoded.message)).toEqual(comparable(message));
  });

  it('writes bodies as byte arrays for a plain peer and as base64 beside null for ours', () => {
    const message = fromModule[5] as HttpResponseMessage;
    expect(JSON.parse(encodeMessage(message, { extensions: false }))).toMatchObject({ body: [104, 0, 255] });
    expect(JSON.parse(encodeMessage(message, { extensions: true }))).toMatchObject({ body: null, body_b64: 'aAD/' });
  });

  it('accepts the untagged init line of Rust orchestrators', () => {
    const decoded = decodeInitLine('{"orchestrator_api":"o","module_id":"m","env":{},"listen":"/tmp/x"}');
    expect(decoded).toMatchObject({ kind: 'message', message: { op: 'init', module_id: 'm' } });
  });

  it('accepts the security levels there are, in both forms of Rust, and no other', () => {
    const levelOf = (level: string) => {
      const decoded = decodeInitLine(
        `{"orchestrator_api":"o","module_id":"m","env":{},"listen":"l","security_level":${level}}`,
      );
      return decoded.kind === 'message' ? decoded.message.security_level : decoded.kind;
    };
    expect(['"Mtls"', '{"Token":null}', 'null', '"Other"', '{"Token":1}'].map(levelOf)).toEqual([
      'Mtls',
      'Token',
      'malformed',
      'malformed',
      'malformed',
    ]);
  });

  it.each([
    [
      '{"content":{"body":[104],"headers":{},"request_id":"r","status_code":200},"metadata":{}}',
      { op: 'http_response', status_code: 200 },
    ],
    [
      '{"listen":"127.0.0.1:1","endpoints":[{"path":"/","methods":["GET"],"auth":null}]}',
      { op: 'announce', endpoints: [{ path: '/', methods: ['GET'] }] },
    ],
    ['{"op":"get_secret","get_secret":{"name":"K"},"announce":null}', { op: 'get_secret', name: 'K' }],
  ])('accepts what Rust and Python modules write: %s', (line, message) => {
    expect(decodeModuleLine(line)).toMatchObject({ kind: 'message', message });
  });

  it('correlates by the connection named in the echoed params', () => {
    const line =
      '{"op":"service_operation_result","success":true,"result":3,"error":null,"params":{"connection_id":"c","service_type":"Database","operation":"x","params":null}}';
    expect(decodeOrchestratorLine(line)).toMatchObject({ message: { connection_id: 'c' } });
  });

  it.each([
    ['not json at all', 'malformed'],
    ['[1]', 'malformed'],
    ['{"x":1}', 'malformed'],
    ['{"op":"announce","listen":"x"}', 'malformed'],
    ['{"op":"http_response","request_id":"r","status_code":200,"headers":{},"body":[256]}', 'malformed'],
    ['{"op":"service_request","id":"i","service_type":"database","config":null}', 'malformed'],
    ['{"op":"constructor"}', 'unknown'],
    ['{"op":"brand_new"}', 'unknown'],
  ])('survives %s', (line, kind) => {
    expect(decodeModuleLine(line).kind).toBe(kind);
  });
});

describe('the ops of our extensions', () => {
  it('are read from our own far end, and unknown from a plain peer', () => {
    const beat = '{"op":"heartbeat","seq":1}';
    expect(decodeModuleLine(beat, 'fast')).toMatchObject({ message: { op: 'heartbeat', seq: 1 } });
    expect(decodeModuleLine(beat)).toEqual({ kind: 'unknown', op: 'heartbeat' });
    const ack = '{"op":"heartbeat_ack","seq":1,"lag_ms":2}';
    expect(decodeOrchestratorLine(ack, 'fast')).toMatchObject({ message: { op: 'heartbeat_ack', seq: 1, lag_ms: 2 } });
    expect(decodeOrchestratorLine(ack)).toEqual({ kind: 'unknown', op: 'heartbeat_ack' });
  });
});
