import { CallAddresses } from './call-address.js';
import { maxNesting, suitsPlainJson, type WireJson } from './json/wire-json.js';
import { noBytes, type PackedJson, sizedJson, type SizedJson } from './json/write-json.js';
import type { ServiceOperationMessage, ServiceResultMessage } from './messages.js';
import type { ServiceType } from './service.js';

// Calls and results are most of what a session carries. JSON.stringify and JSON.parse see only what differs between them;
// what does not take this way is written and read as any other message, to the same text and values.

/** What each kind of brief message begins with. */
export const briefKinds = { call: 'c', result: 'r', bytesResult: 'b', data: 'd' } as const;
type BriefHead = typeof briefKinds.bytesResult | typeof briefKinds.data;

const startOf = (kind: string) => `["${kind}","`;
const [callStart, resultStart] = [startOf(briefKinds.call), startOf(briefKinds.result)];
const headStarts = [startOf(briefKinds.bytesResult), startOf(briefKinds.data)] as const;
const idStart = callStart.length;
/** Needs no escapes. */
const plainText = /^[\w-]+$/;
const [zero, nine, comma] = [0x30, 0x39, 0x2c];
/** Every number of so many digits is one without loss. */
const safeDigits = 15;
const nonceLength = crypto.randomUUID().length;
/** Of a line whose last value is text. */
const lastEnd = '"]';
const bareEnd: SizedJson = { text: ']', extraBytes: 0 };
const addresses = new CallAddresses();

/** The text of a call; undefined for one that has to be written as a whole. */
export function callText(
  message: ServiceOperationMessage,
  nonce: string | undefined,
  levels = maxNesting,
): PackedJson | undefined {
  const { request_id, connection_id, service_type, operation, deadline_ms = 0, params } = message;
  if (request_id === undefined || !plainText.test(request_id)) return undefined;
  if (!suitsPlainJson(deadline_ms) || !suitsPlainJson(params, levels - 1)) return undefined;
  const address = addresses.textOf(connection_id, service_type, operation);
  return withEnd(`${callStart}${request_id}${address.text}${deadline_ms},`, address.extraBytes, params, nonce);
}

/** The text of a result; undefined for one that has to be written as a whole. */
export function resultText(
  { request_id, result }: ServiceResultMessage,
  nonce: string | undefined,
  levels = maxNesting,
): PackedJson | undefined {
  if (request_id === undefined || !plainText.test(request_id) || !suitsPlainJson(result, levels - 1)) return undefined;
  return withEnd(`${resultStart}${request_id}",`, 0, result, nonce);
}

/** The text beside bytes that are a result, or a stream's. */
export function headText(kind: BriefHead, id: string): string {
  return plainText.test(id) ? `${startOf(kind)}${id}${lastEnd}` : JSON.stringify([kind, id]);
}

/** What stands in such a text; undefined for what may be another. */
export function splitHead(line: string): readonly WireJson[] | undefined {
  const isHead = line.startsWith(headStarts[0]) || line.startsWith(headStarts[1]);
  if (!isHead || !line.endsWith(lastEnd)) return undefined;
  const id = line.slice(idStart, -lastEnd.length);
  return plainText.test(id) ? [line[2]!, id] : undefined;
}

/** Its size is the sum of what is in it: asking it of the whole would write the text once more. */
function withEnd(start: string, startExtraBytes: number, value: WireJson, nonce: string | undefined): PackedJson {
  const last = sizedJson(value);
  const end = nonce === undefined ? bareEnd : nonceEnd(nonce);
  const text = `${start}${last.text}${end.text}`;
  const textBytes = text.length + startExtraBytes + last.extraBytes + end.extraBytes;
  return { text, bytes: noBytes, textBytes };
}

function nonceEnd(nonce: string): SizedJson {
  const { text, extraBytes } = sizedJson(nonce);
  return { text: `,${text}]`, extraBytes };
}

/** A message that was read, with the nonce after its values. */
export interface BriefRead<M> {
  readonly kind: 'message';
  readonly message: M;
  readonly nonce: string | undefined;
}

/** The call that such a text is; undefined for one that has to be read as a whole. */
export function readCallText(line: string, levels = maxNesting): BriefRead<ServiceOperationMessage> | undefined {
  if (!line.startsWith(callStart)) return undefined;
  const idEnd = line.indexOf('"', idStart);
  const id = line.slice(idStart, idEnd);
  const address = plainText.test(id) ? addresses.at(line, idEnd) : undefined;
  if (address === undefined) return undefined;
  const deadlineStart = idEnd + address.text.length;
  let deadline = 0;
  let at = deadlineStart;
  for (let code = line.charCodeAt(at); code >= zero && code <= nine; code = line.charCodeAt(at)) {
    deadline = deadline * 10 + (code - zero);
    at += 1;
  }
  const digits = at - deadlineStart;
  const isNumber = digits === 1 || (digits > 1 && digits <= safeDigits && line.charCodeAt(deadlineStart) !== zero);
  if (!isNumber || line.charCodeAt(at) !== comma) return undefined;
  const nonce = nonceAfter(line, at + 1);
  const params = valueIn(line, at + 1, nonce, levels - 1);
  if (params === undefined) return undefined;
  const { connection, type, operation } = address;
  return { kind: 'message', message: callOf(id, connection, type, operation, deadline, params), nonce };
}

/** The result that such a text is; undefined for one that has to be read as a whole. */
export function readResultText(line: string, levels = maxNesting): BriefRead<ServiceResultMessage> | undefined {
  if (!line.startsWith(resultStart)) return undefined;
  const idEnd = line.indexOf('"', idStart);
  const id = line.slice(idStart, idEnd);
  if (!plainText.test(id) || line.charCodeAt(idEnd + 1) !== comma) return undefined;
  const valueStart = idEnd + 2;
  const nonce = nonceAfter(line, valueStart);
  const result = valueIn(line, valueStart, nonce, levels - 1);
  return result === undefined ? undefined : { kind: 'message', message: resultOf(id, result), nonce };
}

/** The nonce at the end of a line with a value before it: no other text in a line can look so. */
function nonceAfter(line: string, valueStart: number): string | undefined {
  const start = line.length - lastEnd.length - nonceLength;
  if (start - 2 <= valueStart || !line.startsWith(',"', start - 2) || !line.endsWith(lastEnd)) return undefined;
  const nonce = line.slice(start, -lastEnd.length);
  return plainText.test(nonce) ? nonce : undefined;
}

/** The last value of a line but the nonce; undefined for one that has to be read as a whole. */
function valueIn(line: string, start: number, nonce: string | undefined, levels: number): WireJson | undefined {
  if (!line.endsWith(']')) return undefined;
  const afterIt = nonce === undefined ? 1 : nonce.length + ',""]'.length;
  try {
    const value = JSON.parse(line.slice(start, -afterIt)) as WireJson;
    return suitsPlainJson(value, levels) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers where a call went that was read as a whole. */
export function learnAddress({ connection_id, service_type, operation }: ServiceOperationMessage): void {
  addresses.learn(connection_id, service_type, operation);
}

export function callOf(
  request_id: string,
  connection_id: string,
  service_type: ServiceType,
  operation: string,
  deadline_ms: number,
  params: WireJson,
): ServiceOperationMessage {
  const op = 'service_operation';
  if (deadline_ms <= 0) return { op, connection_id, service_type, operation, params, request_id };
  return { op, connection_id, service_type, operation, params, request_id, deadline_ms };
}

export function resultOf(request_id: string, result: WireJson): ServiceResultMessage {
  return { op: 'service_operation_result', success: true, result, error: null, request_id };
}
