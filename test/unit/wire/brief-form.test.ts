import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeModuleLine, decodeOrchestratorLine } from '../../../src/wire/decode.js';
import { encodeMessage, packMessage } from '../../../src/wire/encode.js';
import { writeJson } from '../../../src/wire/json/write-json.js';
import type { ServiceOperationMessage, ServiceResultMessage } from '../../../src/wire/messages.js';
import type { ServiceType, WireJson } from '../../../src/wire/index.js';
import { wireJson } from './arbitrary-json.js';
import { expectHolds, assertSame } from './property.js';

const call: ServiceOperationMessage = {
  op: 'service_operation',
  connection_id: '1',
  service_type: { Custom: 'echo' },
  operation: 'say "hi"',
  params: { text: 'é' },
  request_id: '7',
  deadline_ms: 50,
};
const result: ServiceResultMessage = {
  op: 'service_operation_result',
  success: true,
  result: [1],
  error: null,
  request_id: '7',
};
const brief = { extensions: true, brief: true };

describe('the brief form', () => {
  it('has the values alone', () => {
    expect(encodeMessage(call, brief)).toBe('["c","7","1",{"Custom":"echo"},"say \\"hi\\"",50,{"text":"é"}]');
    expect(encodeMessage({ ...call, service_type: 'Cache' }, { ...brief, nonce: 'n' })).toBe(
      '["c","7","1","Cache","say \\"hi\\"",50,{"text":"é"},"n"]',
    );
    expect(encodeMessage(result, brief)).toBe('["r","7",[1]]');
  });

  it('is read as the message it stands for, whatever is called with what', () => {
    const types = fc.constantFrom<ServiceType>('Database', 'Cache', 'Jwt', { Custom: 'x' });
    const calls = fc.record({
      type: types,
      operation: fc.string(),
      json: wireJson,
      deadlineMs: fc.nat(),
      nonce: fc.option(fc.string(), { nil: undefined }),
    });
    expectHolds(calls, ({ type, operation, json, deadlineMs, nonce }) => {
      const { deadline_ms: _, ...timeless } = call;
      const deadline = deadlineMs === 0 ? {} : { deadline_ms: deadlineMs };
      const message: ServiceOperationMessage = {
        ...timeless,
        service_type: type,
        operation,
        params: json,
        ...deadline,
      };
      assertSame(decodeModuleLine(encodeMessage(message, { ...brief, nonce }), 'fast'), {
        kind: 'message',
        message,
        nonce,
      });
      const answer = { ...result, result: json };
      assertSame(decodeOrchestratorLine(encodeMessage(answer, brief), 'fast'), {
        kind: 'message',
        message: answer,
        nonce: undefined,
      });
    });
  });

  it('takes bytes beside it', () => {
    const bytes = Buffer.from([0, 255]);
    const sent = packMessage({ ...call, params: { rows: [bytes, 1, bytes] } }, true);
    expect(sent.text).toBe(
      '["c","7","1",{"Custom":"echo"},"say \\"hi\\"",50,{"rows":[null,1,null]},[[[6,"rows",0],2],[[6,"rows",2],2]]]',
    );
    expect(decodeModuleLine(sent.text, 'fast', Buffer.concat(sent.bytes))).toEqual({
      kind: 'message',
      message: { ...call, params: { rows: [bytes, 1, bytes] } },
      nonce: undefined,
    });
    const answer = packMessage({ ...result, result: bytes }, true);
    expect(answer).toEqual({ text: '["b","7"]', bytes: [bytes] });
    for (const value of [bytes, Buffer.alloc(0), [bytes]]) {
      const packed = packMessage({ ...result, result: value }, true);
      const read = decodeOrchestratorLine(packed.text, 'fast', Buffer.concat(packed.bytes));
      expect(read).toEqual({ kind: 'message', message: { ...result, result: value }, nonce: undefined });
    }
    expect(decodeOrchestratorLine('["b","7"]', 'fast')).toEqual({ kind: 'unknown', op: 'b' });
  });

  it('has the bytes of streams, as base64 where a channel carries text alone', () => {
    const message = { op: 'stream_data', stream_id: 's"1', data: Buffer.from([0, 255]) } as const;
    const empty = { ...message, data: Buffer.alloc(0) };
    const sent = packMessage(message, true);
    expect(sent).toEqual({ text: '["d","s\\"1"]', bytes: [message.data] });
    expect(packMessage(empty, true)).toEqual({ text: '["d","s\\"1"]', bytes: [] });
    expect(encodeMessage(message, { ...brief, nonce: 'n' })).toBe('["d","s\\"1","AP8=","n"]');
    for (const decode of [decodeModuleLine, decodeOrchestratorLine]) {
      expect(decode(sent.text, 'fast', message.data)).toEqual({ kind: 'message', message, nonce: undefined });
      expect(decode(sent.text, 'fast')).toEqual({ kind: 'message', message: empty, nonce: undefined });
      expect(decode('["d","s\\"1","AP8=","n"]', 'fast')).toEqual({ kind: 'message', message, nonce: 'n' });
    }
  });

  it.each([
    ['a failure', { ...result, success: false, error: 'no' }],
    ['a call without an id', { ...call, request_id: undefined }],
    ['another message', { op: 'cancel', request_id: '7' }],
  ])('is not for %s', (_, message) => {
    const named = JSON.parse(JSON.stringify(message)) as ServiceOperationMessage;
    expect(encodeMessage(named, brief)).toBe(encodeMessage(named, { extensions: true }));
  });

  it('means nothing in what a plain peer writes', () => {
    expect(decodeModuleLine(encodeMessage(call, brief), 'exact')).toEqual({ kind: 'unknown', op: 'c' });
    expect(decodeOrchestratorLine(encodeMessage(result, brief), 'exact')).toEqual({ kind: 'unknown', op: 'r' });
  });

  it('is none when a value is not what it must be, or none of its own', () => {
    const values: readonly WireJson[] = ['c', '7', '1', 'Cache', 'get', 50, null];
    for (const [place, wrong] of [
      [1, 7],
      [2, null],
      [3, 'Disk'],
      [3, { Custom: 1 }],
      [4, {}],
      [5, 'soon'],
    ] as const) {
      const line = writeJson(values.with(place, wrong));
      expect(decodeModuleLine(line, 'fast')).toEqual({ kind: 'unknown', op: 'c' });
    }
    expect(decodeOrchestratorLine('["r",7,null]', 'fast')).toEqual({ kind: 'unknown', op: 'r' });
    expect(decodeModuleLine('["r","7",1]', 'fast')).toEqual({ kind: 'unknown', op: 'r' });
    expect(decodeModuleLine('["d",7]', 'fast')).toEqual({ kind: 'unknown', op: 'd' });
    expect(decodeModuleLine('["c",', 'fast')).toMatchObject({ kind: 'malformed' });
    expect(decodeModuleLine(writeJson(values), 'fast', Buffer.from('astray'))).toMatchObject({ kind: 'malformed' });
  });
});
