import { encodeError } from './error-frame.js';
import type { WireJson } from './json/wire-json.js';
import type { OrchestratorMessage, RouteMessage } from './messages.js';
import { emptyPayload, resultPayload } from './routed-payload.js';

/** What the module asked for answered. */
export function routeAnswer(
  { target_module_id: source_module_id, request_id }: RouteMessage,
  result: WireJson,
): OrchestratorMessage {
  return { op: 'routed_module_response', source_module_id, request_id, payload: resultPayload(result), success: true };
}

/** Plain peers read no error beside it and fail on the empty payload, which still is an answer. */
export function routeFailure(
  { target_module_id: source_module_id, request_id }: RouteMessage,
  failure: unknown,
  redact: (text: string) => string,
): OrchestratorMessage {
  return {
    op: 'routed_module_response',
    source_module_id,
    request_id,
    payload: emptyPayload,
    success: false,
    ...encodeError(failure, redact),
  };
}
