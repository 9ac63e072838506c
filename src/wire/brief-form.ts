import type { JsonReading } from './json/parse-json.js';
import { isWireObject, type WireJson } from './json/wire-json.js';
import type { ServiceOperationMessage, ServiceResultMessage, WireMessage } from './messages.js';
import type { ServiceType } from './service.js';

const [call, result] = ['c', 'r'];

/**
 * What most messages are, calls of services and their results, without the names of their fields, for peers that agreed
 * to it: `["c", request_id, connection_id, service_type, operation, deadline_ms or 0, params]` and
 * `["r", request_id, result]`; after them the nonce of a line that needs one. undefined for all others, failures among
 * them, which travel as ever.
 */
export function briefForm(message: WireMessage, nonce?: string): readonly unknown[] | undefined {
  if (message.op === 'service_operation') {
    const { request_id, connection_id, service_type, operation, deadline_ms = 0, params } = message;
    if (request_id === undefined) return undefined;
    const values = [call, request_id, connection_id, service_type, operation, deadline_ms, params];
    if (nonce !== undefined) values.push(nonce);
    return values;
  }
  if (message.op === 'service_operation_result' && message.success && message.request_id !== undefined)
    return [result, message.request_id, message.result];
  return undefined;
}

/** Whether a line of our own far end may be of that form: no other message of it begins so. */
export function isBrief(line: string, reading: JsonReading): boolean {
  return reading === 'fast' && line.startsWith('["') && line[3] === '"';
}

/** undefined for what is no call in this form. */
export function briefCall(
  json: WireJson,
): { readonly message: ServiceOperationMessage; readonly nonce: string | undefined } | undefined {
  if (!Array.isArray(json) || json[0] !== call) return undefined;
  const values: readonly WireJson[] = json;
  const [request_id, connection_id, operation, deadline_ms] = [values[1], values[2], values[4], values[5]];
  const service_type = serviceTypeOf(values[3]);
  if (typeof request_id !== 'string' || typeof connection_id !== 'string' || typeof operation !== 'string') return;
  if (service_type === undefined || typeof deadline_ms !== 'number') return;
  const params = values[6] ?? null;
  const op = 'service_operation';
  const message =
    deadline_ms > 0
      ? ({ op, connection_id, service_type, operation, params, request_id, deadline_ms } as const)
      : ({ op, connection_id, service_type, operation, params, request_id } as const);
  return { message, nonce: typeof values[7] === 'string' ? values[7] : undefined };
}

/** undefined for what is no result in this form. */
export function briefResult(json: WireJson): ServiceResultMessage | undefined {
  if (!Array.isArray(json) || json[0] !== result) return undefined;
  const values: readonly WireJson[] = json;
  const request_id = values[1];
  if (typeof request_id !== 'string') return undefined;
  return { op: 'service_operation_result', success: true, result: values[2] ?? null, error: null, request_id };
}

function serviceTypeOf(json: WireJson | undefined): ServiceType | undefined {
  if (json === 'Database' || json === 'Cache' || json === 'Jwt') return json;
  const custom = isWireObject(json) ? json['Custom'] : undefined;
  return typeof custom === 'string' ? { Custom: custom } : undefined;
}
