/**
 * The message model: what both ends see, whatever dialect the peer speaks. Field names are the protocol's. Optional
 * fields after the blank line of each type are our compatible extensions (E1 to E6); plain peers ignore them.
 */
import type { JsonObject } from '../foundation/index.js';
import type { HeartbeatFields } from './heartbeat-settings.js';
import type { WireJson } from './json/wire-json.js';
import type {
  CancelMessage,
  Endpoint,
  Extensions,
  HeartbeatAckMessage,
  HeartbeatMessage,
  IpcChannelConfig,
  LinkInit,
  SecurityLevel,
  ServiceProvider,
  TcpChannelConfig,
  Timed,
} from './message-parts.js';
import type { RotatedMessage, RotationAckMessage } from './rotation-messages.js';
import type { RoutedAnswerMessage, RoutedMessage, RoutedResponseMessage, RouteMessage } from './routed-messages.js';
import type { ServiceType } from './service.js';
import type { StreamMessage } from './stream-messages.js';

export type {
  CancelMessage,
  EncodedPayload,
  Endpoint,
  ErrorFields,
  Extensions,
  HeartbeatAckMessage,
  HeartbeatMessage,
} from './message-parts.js';

export type { RotatedMessage, RotationAckMessage } from './rotation-messages.js';
export type { RoutedAnswerMessage, RoutedMessage, RoutedResponseMessage, RouteMessage } from './routed-messages.js';

// Orchestrator to module

export interface InitMessage {
  readonly op: 'init';
  readonly orchestrator_api: string;
  readonly module_id: string;
  readonly env: Readonly<Record<string, string>>;
  /** `ip:port`, or the path of a unix socket. */
  readonly listen: string;
  readonly tcp_channel?: TcpChannelConfig;
  readonly ipc_channel?: IpcChannelConfig;
  readonly auth_token?: string;
  readonly security_level?: SecurityLevel;

  readonly ext?: Extensions;
  readonly link?: LinkInit;
  /** Resources somebody decided to grant as direct connections: `{ databases: { default: 'direct' } }`. */
  readonly grants?: JsonObject;
  readonly heartbeat?: HeartbeatFields;
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
  readonly result: WireJson;
  readonly error: string | null;

  readonly request_id?: string;
  readonly connection_id?: string;
  readonly params?: WireJson;
  readonly error_code?: string;
  readonly retryable?: boolean;
  readonly details?: JsonObject;
}

export interface HttpRequestMessage extends Timed {
  readonly op: 'http_request';
  readonly request_id: string;
  readonly method: string;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;

  readonly headers_multi?: readonly (readonly [string, string])[];
  /** The stream that carries the body, which then is null. */
  readonly body_stream?: string;
}

export interface PortResponseMessage {
  readonly op: 'port_response';
  readonly request_id: string;
  readonly success: boolean;
  readonly port: number;
  readonly error_message: string | null;
}

export interface RegisterResponseMessage {
  readonly op: 'register_service_provider_response';
  readonly success: boolean;
  readonly provider_id: string | null;
  readonly error: string | null;

  readonly request_id?: string;
}

export interface DiscoverResponseMessage {
  readonly op: 'discover_service_providers_response';
  readonly success: boolean;
  readonly providers: readonly ServiceProvider[];
  readonly error: string | null;

  readonly request_id?: string;
}

/** Between our own ends also from the module, which the orchestrator acknowledges. */
export type OrchestratorMessage =
  | InitMessage
  | SecretMessage
  | RotatedMessage
  | ShutdownMessage
  | ServiceResponseMessage
  | ServiceResultMessage
  | HttpRequestMessage
  | PortResponseMessage
  | RegisterResponseMessage
  | DiscoverResponseMessage
  | RoutedMessage
  | RoutedResponseMessage
  | HeartbeatMessage
  | CancelMessage
  | StreamMessage
  | HeartbeatAckMessage;

// Module to orchestrator

export interface AnnounceMessage {
  readonly op: 'announce';
  readonly listen: string;
  readonly endpoints: readonly Endpoint[];

  readonly ext?: Extensions;
  /** What it serves to other modules: the operations by service, when `routes` was agreed. */
  readonly serves?: Readonly<Record<string, readonly string[]>>;
}

export interface GetSecretMessage extends Timed {
  readonly op: 'get_secret';
  readonly name: string;

  readonly request_id?: string;
  /** Asks for the value a rotation proposes instead of the value in force. */
  readonly rotation_id?: string;
}

export interface RegisterMessage {
  readonly op: 'register_service_provider';
  readonly service_type: ServiceType;
  readonly name: string;
  readonly version: string | null;
  readonly address: string;
  readonly metadata: Readonly<Record<string, string>> | null;

  readonly request_id?: string;
}

export interface DiscoverMessage {
  readonly op: 'discover_service_providers';
  readonly service_type: ServiceType;
  /** null and false: the first healthy one only. */
  readonly all_providers: boolean | null;

  readonly request_id?: string;
}

export interface ServiceRequestMessage extends Timed {
  readonly op: 'service_request';
  readonly id: string;
  readonly service_type: ServiceType;
  readonly config: WireJson;
}

export interface ServiceOperationMessage extends Timed {
  readonly op: 'service_operation';
  readonly connection_id: string;
  readonly service_type: ServiceType;
  readonly operation: string;
  readonly params: WireJson;

  readonly request_id?: string;
}

export interface HttpResponseMessage {
  readonly op: 'http_response';
  readonly request_id: string;
  readonly status_code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;

  readonly headers_multi?: readonly (readonly [string, string])[];
  /** The stream that carries the body, which then is null. */
  readonly body_stream?: string;
}

export interface PortRequestMessage {
  readonly op: 'port_request';
  readonly request_id: string;
  readonly specific_port: number | null;
  readonly deadline_ms?: number;
}

export type ModuleMessage =
  | AnnounceMessage
  | GetSecretMessage
  | RotationAckMessage
  | ServiceRequestMessage
  | ServiceOperationMessage
  | HttpResponseMessage
  | PortRequestMessage
  | RegisterMessage
  | DiscoverMessage
  | RouteMessage
  | RoutedAnswerMessage
  | HeartbeatAckMessage
  | CancelMessage
  | StreamMessage
  | HeartbeatMessage;

export type WireMessage = OrchestratorMessage | ModuleMessage;
