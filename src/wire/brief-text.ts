import { CallAddresses } from './call-address.js';
import { maxNesting, suitsPlainJson, type WireJson } from './json/wire-json.js';
import { plainJson, wellFormed } from './json/write-json.js';
import type { ServiceOperationMessage, ServiceResultMessage } from './messages.js';

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
const wholeNumber = /^(?:0|[1-9]\d{0,14})$/;
const nonceLength = crypto.randomUUID().length;
/** Of a line whose last value is text. */
const lastEnd = '"]';
const addresses = new CallAddresses();

/** The text of a call; undefined for one that has to be written as a whole. */
export function callText(message: ServiceOperationMessage, nonce: string | undefined, levels = maxNesting) {
  const { request_id, connection_id, service_type, operation, deadline_ms = 0, params } = message;
  if (request_id === undefined || !plainText.test(request_id)) return undefined;
  if (!suitsPlainJson(deadline_ms) || !suitsPlainJson(params, levels - 1)) return undefined;
  const address = addresses.textOf(connection_id, service_type, operation);
  return wellFormed(`${callStart}${request_id}"${address}${deadline_ms},${endText(params, nonce)}`);
}

/** The text of a result; undefined for one that has to be written as a whole. */
export function resultText(
  { request_id, result }: ServiceResultMessage,
  nonce: string | undefined,
  levels = maxNesting,
) {
  if (request_id === undefined || !plainText.test(request_id) || !suitsPlainJson(result, levels - 1)) return undefined;
  return wellFormed(`${resultStart}${request_id}",${endText(result, nonce)}`);
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

function endText(value: WireJson, nonce: string | undefined): string {
  const text = plainJson(value) ?? 'null';
  return nonce === undefined ? `${text}]` : `${text},${JSON.stringify(nonce)}]`;
}

/** What stands in such a text; undefined for one that has to be read as a whole. */
export function splitBrief(line: string, levels = maxNesting): readonly WireJson[] | undefined {
  const idEnd = line.indexOf('"', idStart);
  const id = line.slice(idStart, idEnd);
  if (!plainText.test(id)) return undefined;
  if (line.startsWith(resultStart))
    return line[idEnd + 1] === ',' ? withEnd([briefKinds.result, id], line, idEnd + 2, levels - 1) : undefined;
  const address = line.startsWith(callStart) ? addresses.at(line, idEnd + 1) : undefined;
  if (address === undefined) return undefined;
  const deadlineStart = idEnd + 1 + address.text.length;
  const deadlineEnd = line.indexOf(',', deadlineStart);
  const deadline = line.slice(deadlineStart, deadlineEnd);
  if (!wholeNumber.test(deadline)) return undefined;
  const { connection, type, operation } = address;
  const values = [briefKinds.call, id, connection, type as WireJson, operation, Number(deadline)];
  return withEnd(values, line, deadlineEnd + 1, levels - 1);
}

/** Adds the value that begins there and, where the line ends with one, its nonce: no other text in a line can look so. */
function withEnd(values: WireJson[], line: string, start: number, levels: number): readonly WireJson[] | undefined {
  if (!line.endsWith(']')) return undefined;
  const nonceStart = line.length - nonceLength - lastEnd.length;
  const comma = nonceStart - ',"'.length;
  const isText = comma > start && line.startsWith(',"', comma) && line.endsWith(lastEnd);
  const nonce = isText ? line.slice(nonceStart, -lastEnd.length) : '';
  const hasNonce = plainText.test(nonce);
  let value: WireJson;
  try {
    value = JSON.parse(line.slice(start, hasNonce ? comma : -1)) as WireJson;
  } catch {
    return undefined;
  }
  if (!suitsPlainJson(value, levels)) return undefined;
  values.push(value);
  if (hasNonce) values.push(nonce);
  return values;
}

/** Remembers where a call went that was read as a whole. */
export function learnAddress({ connection_id, service_type, operation }: ServiceOperationMessage): void {
  addresses.learn(connection_id, service_type, operation);
}
