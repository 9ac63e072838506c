/**
 * The message model: what both ends see, whatever dialect the peer speaks. Field names are the protocol's. Optional
 * fields after the blank line of each type are our compatible extensions (E1 to E6); plain peers ignore them.
 */
import type { JsonObject, JsonValue } from '../foundation/index.js';
import type { ServiceType } from './service.js';

/** The capability offer (init) and acceptance (announce). */
export interface Extensions {
  readonly v: number;
  readonly features: readonly string[];
  /** In init only: what every line of this launch must carry as `ln`, so that stray output is never taken for a message. */
  readonly nonce?: string;
}

export interface Endpoint {
  readonly path: string;
  readonly methods: readonly string[];
  readonly auth?: string;
}

export interface ErrorFields {
  readonly error: string;
  readonly error_code?: string;
  readonly retryable?: boolean;
  readonly details?: JsonObject;
}

// Orchestrator to module

export interface InitMessage {
  readonly op: 'init';
  readonly orchestrator_api: string;
  readonly module_id: string;
  readonly env: Readonly<Record<string, string>>;
  readonly listen: string;
  readonly security_level?: string;

  readonly ext?: Extensions;
  /** Resources somebody decided to grant as direct connections: `{ databases: { default: 'direct' } }`. */
  readonly grants?: JsonObject;
}

export interface SecretMessage {
  readonly op: 'secret';
  readonly name: string;
  readonly value: string;
  readonly rotation_id?: string;

  readonly request_id?: string;
  readonly found?: boolean;
  readonly error?: string;
  readonly error_code?: string;
  readonly version?: string;
}

export interface RotatedMessage {
  readonly op: 'rotated';
  readonly keys: readonly string[];
  readonly rotation_id: string;

  readonly reason?: 'rotation' | 'rollback';
  readonly deadline_ms?: number;
  readonly overlap_ms?: number;
}

export interface ShutdownMessage {
  readonly op: 'shutdown';

  readonly grace_ms?: number;
  readonly reason?: string;
}

export interface ServiceResponseMessage {
  readonly op: 'service_response';
  readonly id: string;
  readonly service_type: ServiceType;
  readonly success: boolean;
  readonly error: string | null;
  readonly connection_id: string | null;

  readonly error_code?: string;
  readonly retryable?: boolean;
  readonly details?: JsonObject;
  readonly info?: JsonObject;
}

export interface ServiceResultMessage {
  readonly op: 'service_operation_result';
  readonly success: boolean;
  readonly result: JsonValue;
  readonly error: string | null;

  readonly request_id?: string;
  readonly connection_id?: string;
  readonly params?: JsonValue;
  readonly error_code?: string;
  readonly retryable?: boolean;
  readonly details?: JsonObject;
}

export interface HttpRequestMessage {
  readonly op: 'http_request';
  readonly request_id: string;
  readonly method: string;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;

  readonly headers_multi?: readonly (readonly [string, string])[];
}

export interface PortResponseMessage {
  readonly op: 'port_response';
  readonly request_id: string;
  readonly success: boolean;
  readonly port: number;
  readonly error_message: string | null;
}

export interface HeartbeatMessage {
  readonly op: 'heartbeat';

  readonly seq?: number;
}

export type OrchestratorMessage =
  | InitMessage
  | SecretMessage
  | RotatedMessage
  | ShutdownMessage
  | ServiceResponseMessage
  | ServiceResultMessage
  | HttpRequestMessage
  | PortResponseMessage
  | HeartbeatMessage;

// Module to orchestrator

export interface AnnounceMessage {
  readonly op: 'announce';
  readonly listen: string;
  readonly endpoints: readonly Endpoint[];

  readonly ext?: Extensions;
}

export interface GetSecretMessage {
  readonly op: 'get_secret';
  readonly name: string;

  readonly request_id?: string;
  /** Asks for the value a rotation proposes instead of the value in force. */
  readonly rotation_id?: string;
}

export interface RotationAckMessage {
  readonly op: 'rotation_ack';
  readonly rotation_id: string;
  readonly status: 'success' | 'error';
  readonly message?: string;
}

export interface ServiceRequestMessage {
  readonly op: 'service_request';
  readonly id: string;
  readonly service_type: ServiceType;
  readonly config: JsonValue;
}

export interface ServiceOperationMessage {
  readonly op: 'service_operation';
  readonly connection_id: string;
  readonly service_type: ServiceType;
  readonly operation: string;
  readonly params: JsonValue;

  readonly request_id?: string;
}

export interface HttpResponseMessage {
  readonly op: 'http_response';
  readonly request_id: string;
  readonly status_code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;

  readonly headers_multi?: readonly (readonly [string, string])[];
}

export interface PortRequestMessage {
  readonly op: 'port_request';
  readonly request_id: string;
  readonly specific_port: number | null;
}

export interface HeartbeatAckMessage {
  readonly op: 'heartbeat_ack';

  readonly seq?: number;
}

export type ModuleMessage =
  | AnnounceMessage
  | GetSecretMessage
  | RotationAckMessage
  | ServiceRequestMessage
  | ServiceOperationMessage
  | HttpResponseMessage
  | PortRequestMessage
  | HeartbeatAckMessage;

export type WireMessage = OrchestratorMessage | ModuleMessage;
