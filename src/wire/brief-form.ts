import { briefKinds, callText, headText, learnAddress, resultText, splitBrief, splitHead } from './brief-text.js';
import { putBytesBack } from './json/bytes-aside.js';
import { type JsonReading, parseJson } from './json/parse-json.js';
import { isWireObject, type WireJson } from './json/wire-json.js';
import { noBytes, packJson, type PackedJson, writeJson } from './json/write-json.js';
import type { ServiceOperationMessage, ServiceResultMessage, WireMessage } from './messages.js';
import type { ServiceType } from './service.js';
import type { StreamDataMessage } from './stream-messages.js';

const { call, result, bytesResult, data } = briefKinds;

/**
 * What most messages are, without the names of their fields, for peers that agreed to it: calls of services
 * `["c", request_id, connection_id, service_type, operation, deadline_ms or 0, params]`, results `["r", request_id, result]`
 * and bytes of streams `["d", stream_id, base64]`; after them the nonce of a line that needs one. undefined for all
 * others, failures among them, which travel as ever.
 */
export function writeBrief(message: WireMessage, nonce?: string, maxNesting?: number): string | undefined {
  const text = shortcut(message, nonce, maxNesting);
  if (text !== undefined) return text;
  const values = valuesOf(message);
  if (nonce !== undefined) values?.push(nonce);
  return values && writeJson(values, maxNesting);
}

/**
 * The same for channels that carry bytes. All bytes beside a `["d", stream_id]` are the stream's, and those beside a
 * `["b", request_id]` are the result.
 */
export function packBrief(message: WireMessage, maxNesting?: number): PackedJson | undefined {
  if (message.op === 'stream_data') {
    const bytes = message.data.byteLength === 0 ? noBytes : [message.data];
    return { text: headText(data, message.stream_id), bytes };
  }
  if (message.op === 'service_operation_result' && message.success && message.result instanceof Uint8Array) {
    const { request_id, result: bytes } = message;
    if (request_id !== undefined && bytes.byteLength > 0)
      return { text: headText(bytesResult, request_id), bytes: [bytes] };
  }
  const text = shortcut(message, undefined, maxNesting);
  if (text !== undefined) return { text, bytes: noBytes };
  const values = valuesOf(message);
  return values && packJson(values, maxNesting);
}

/** The text of most calls and results, which need no array. */
function shortcut(message: WireMessage, nonce: string | undefined, maxNesting?: number): string | undefined {
  if (message.op === 'service_operation') return callText(message, nonce, maxNesting);
  const isResult = message.op === 'service_operation_result' && message.success;
  return isResult ? resultText(message, nonce, maxNesting) : undefined;
}

function valuesOf(message: WireMessage): unknown[] | undefined {
  if (message.op === 'service_operation') {
    const { request_id, connection_id, service_type, operation, deadline_ms = 0, params } = message;
    if (request_id === undefined) return undefined;
    return [call, request_id, connection_id, service_type, operation, deadline_ms, params];
  }
  if (message.op === 'service_operation_result') {
    const { request_id, success } = message;
    return success && request_id !== undefined ? [result, request_id, message.result] : undefined;
  }
  return message.op === 'stream_data' ? [data, message.stream_id, message.data] : undefined;
}

/** Whether a line of our own far end is of that form: no other message of it begins so. */
export function isBrief(line: string, reading: JsonReading): boolean {
  return reading === 'fast' && line.startsWith('["') && line[3] === '"';
}

/** What stands in such a line, and the bytes that came beside it. */
export interface BriefValues {
  readonly values: readonly WireJson[];
  readonly bytes: Buffer | undefined;
}

/** Throws `WireError` MESSAGE_INVALID for what is not JSON, nests too deep, or does not fit its bytes. */
export function readBrief(line: string, bytes: Buffer | undefined, maxNesting?: number): BriefValues {
  const split = splitHead(line) ?? (bytes === undefined ? splitBrief(line, maxNesting) : undefined);
  if (split) return { values: split, bytes };
  const values = parseJson(line, 'fast', maxNesting).value as readonly WireJson[];
  if (bytes && values[0] !== data && values[0] !== bytesResult) putBytesBack(values, bytes);
  const read = { values, bytes };
  // What comes with bytes is read as a whole each time.
  const calling = bytes === undefined ? briefCall(read) : undefined;
  if (calling) learnAddress(calling);
  return read;
}

/** undefined for what is no call in this form. */
export function briefCall({ values }: BriefValues): ServiceOperationMessage | undefined {
  if (values[0] !== call) return undefined;
  const [request_id, connection_id, operation, deadline_ms] = [values[1], values[2], values[4], values[5]];
  const service_type = serviceTypeOf(values[3]);
  if (typeof request_id !== 'string' || typeof connection_id !== 'string' || typeof operation !== 'string') return;
  if (service_type === undefined || typeof deadline_ms !== 'number') return undefined;
  const params = values[6] ?? null;
  const op = 'service_operation';
  if (deadline_ms <= 0) return { op, connection_id, service_type, operation, params, request_id };
  return { op, connection_id, service_type, operation, params, request_id, deadline_ms };
}

/** undefined for what is no result in this form. */
export function briefResult({ values, bytes }: BriefValues): ServiceResultMessage | undefined {
  const isBytes = values[0] === bytesResult && bytes !== undefined;
  const request_id = values[1];
  if ((values[0] !== result && !isBytes) || typeof request_id !== 'string') return undefined;
  const answer = isBytes ? bytes : (values[2] ?? null);
  return { op: 'service_operation_result', success: true, result: answer, error: null, request_id };
}

/** undefined for what is no bytes of a stream in this form. */
export function briefData({ values, bytes }: BriefValues): StreamDataMessage | undefined {
  const [stream_id, base64 = ''] = [values[1], values[2]];
  if (values[0] !== data || typeof stream_id !== 'string' || typeof base64 !== 'string') return undefined;
  return { op: 'stream_data', stream_id, data: bytes ?? Buffer.from(base64, 'base64') };
}

/** The nonce, which stands after the values of the message; undefined without one. */
export function briefNonce({ values }: BriefValues): string | undefined {
  const nonce = values[values[0] === call ? 7 : 3];
  return typeof nonce === 'string' ? nonce : undefined;
}

function serviceTypeOf(json: WireJson | undefined): ServiceType | undefined {
  if (json === 'Database' || json === 'Cache' || json === 'Jwt') return json;
  const custom = isWireObject(json) ? json['Custom'] : undefined;
  return typeof custom === 'string' ? { Custom: custom } : undefined;
}
