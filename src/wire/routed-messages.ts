/** Calls from one module to another. A module of ours asks for a service instead, and does not see who serves it. */
import type { JsonObject } from '../foundation/index.js';
import type { WireJson } from './json/wire-json.js';
import type { EncodedPayload, Timed } from './message-parts.js';

/** From the module that asks. */
export interface RouteMessage extends Timed {
  readonly op: 'route_to_module';
  readonly target_module_id: string;
  readonly target_endpoint: string;
  readonly request_id: string;
  readonly payload: EncodedPayload;
}

/** To the module that is asked. */
export interface RoutedMessage extends Timed {
  readonly op: 'routed_module_message';
  readonly source_module_id: string;
  readonly original_request_id: string;
  readonly payload: EncodedPayload;

  /** `service/operation`. With it and `request_id` the message is a call, whose params stand beside the payload. */
  readonly target_endpoint?: string;
  readonly request_id?: string;
  readonly params?: WireJson;
}

/** From it, when it was a call; only when agreed. */
export interface RoutedAnswerMessage {
  readonly op: 'routed_module_answer';
  readonly request_id: string;
  readonly success: boolean;
  readonly result: WireJson;
  readonly error: string | null;

  readonly error_code?: string;
  readonly retryable?: boolean;
  readonly details?: JsonObject;
}

/** To the module that asked. */
export interface RoutedResponseMessage {
  readonly op: 'routed_module_response';
  readonly source_module_id: string;
  readonly request_id: string;
  readonly payload: EncodedPayload;

  readonly success?: boolean;
  readonly error?: string;
  readonly error_code?: string;
  readonly retryable?: boolean;
  readonly details?: JsonObject;
}
