import {
  briefKinds,
  type BriefRead,
  callOf,
  callText,
  headText,
  learnAddress,
  readCallText,
  readResultText,
  resultOf,
  resultText,
  splitHead,
} from './brief-text.js';
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
export function writeBrief(message: WireMessage, nonce?: string, maxNesting?: number): PackedJson | undefined {
  const short = shortcut(message, nonce, maxNesting);
  if (short) return short;
  const values = valuesOf(message);
  if (nonce !== undefined) values?.push(nonce);
  return values && { text: writeJson(values, maxNesting), bytes: noBytes };
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
  const short = shortcut(message, undefined, maxNesting);
  if (short) return short;
  const values = valuesOf(message);
  return values && packJson(values, maxNesting);
}

/** The text of most calls and results, which need no array. */
function shortcut(message: WireMessage, nonce: string | undefined, maxNesting?: number): PackedJson | undefined {
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
interface BriefValues {
  readonly values: readonly WireJson[];
  readonly bytes: Buffer | undefined;
}

/**
 * What a module writes in this form; undefined for what is neither a call nor bytes of a stream. Throws `WireError`
 * MESSAGE_INVALID for what is not JSON, nests too deep, or does not fit its bytes.
 */
export function readModuleBrief(
  line: string,
  bytes: Buffer | undefined,
  maxNesting?: number,
): BriefRead<ServiceOperationMessage | StreamDataMessage> | undefined {
  const short = bytes === undefined ? readCallText(line, maxNesting) : undefined;
  if (short) return short;
  const read = readBrief(line, bytes, maxNesting);
  const calling = briefCall(read);
  // What comes with bytes is read as a whole each time.
  if (calling && bytes === undefined) learnAddress(calling);
  return withNonce(calling ?? briefData(read), read);
}

/** The same of an orchestrator, which writes results and bytes of streams. */
export function readOrchestratorBrief(
  line: string,
  bytes: Buffer | undefined,
): BriefRead<ServiceResultMessage | StreamDataMessage> | undefined {
  const short = bytes === undefined ? readResultText(line) : undefined;
  if (short) return short;
  const read = readBrief(line, bytes);
  return withNonce(briefResult(read) ?? briefData(read), read);
}

function readBrief(line: string, bytes: Buffer | undefined, maxNesting?: number): BriefValues {
  const head = splitHead(line);
  if (head) return { values: head, bytes };
  const values = parseJson(line, 'fast', maxNesting).value as readonly WireJson[];
  if (bytes && values[0] !== data && values[0] !== bytesResult) putBytesBack(values, bytes);
  return { values, bytes };
}

/** The nonce stands after the values of the message. */
function withNonce<M>(message: M | undefined, { values }: BriefValues): BriefRead<M> | undefined {
  const nonce = values[values[0] === call ? 7 : 3];
  return message && { kind: 'message', message, nonce: typeof nonce === 'string' ? nonce : undefined };
}

/** undefined for what is no call in this form. */
function briefCall({ values }: BriefValues): ServiceOperationMessage | undefined {
  if (values[0] !== call) return undefined;
  const [request_id, connection_id, operation, deadline_ms] = [values[1], values[2], values[4], values[5]];
  const service_type = serviceTypeOf(values[3]);
  if (typeof request_id !== 'string' || typeof connection_id !== 'string' || typeof operation !== 'string') return;
  if (service_type === undefined || typeof deadline_ms !== 'number') return undefined;
  return callOf(request_id, connection_id, service_type, operation, deadline_ms, values[6] ?? null);
}

/** undefined for what is no result in this form. */
function briefResult({ values, bytes }: BriefValues): ServiceResultMessage | undefined {
  const isBytes = values[0] === bytesResult && bytes !== undefined;
  const request_id = values[1];
  if ((values[0] !== result && !isBytes) || typeof request_id !== 'string') return undefined;
  return resultOf(request_id, isBytes ? bytes : (values[2] ?? null));
}

/** undefined for what is no bytes of a stream in this form. */
function briefData({ values, bytes }: BriefValues): StreamDataMessage | undefined {
  const [stream_id, base64 = ''] = [values[1], values[2]];
  if (values[0] !== data || typeof stream_id !== 'string' || typeof base64 !== 'string') return undefined;
  return { op: 'stream_data', stream_id, data: bytes ?? Buffer.from(base64, 'base64') };
}

function serviceTypeOf(json: WireJson | undefined): ServiceType | undefined {
  if (json === 'Database' || json === 'Cache' || json === 'Jwt') return json;
  const custom = isWireObject(json) ? json['Custom'] : undefined;
  return typeof custom === 'string' ? { Custom: custom } : undefined;
}
