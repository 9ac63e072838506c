/** What stands inside messages, by the protocol's names. */
import type { JsonObject } from '../foundation/index.js';
import type { ToldLimits } from './limits.js';
import type { ServiceType } from './service.js';

/** The capability offer (init) and acceptance (announce). */
export interface Extensions {
  readonly v: number;
  readonly features: readonly string[];
  /** In init only: what every line of this launch must carry as `ln`, so that stray output is never taken for a message. */
  readonly nonce?: string;
  /** In init only. */
  readonly limits?: ToldLimits | undefined;
}

/** A request whose sender waits so long from now for the answer, in ms; only when agreed. */
export interface Timed {
  readonly deadline_ms?: number;
}

/** Who made the call of that id does not wait for it any more; nobody answers. Both ends write it, when agreed. */
export interface CancelMessage {
  readonly op: 'cancel';
  readonly request_id: string;
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

/** Bytes for another module. Of a request they are a `Message` envelope, of a response the result itself. */
export interface EncodedPayload {
  readonly data: Uint8Array;
  readonly format: 'Json' | 'Binary' | 'Base64' | 'Auto';
}

export type SecurityLevel = 'None' | 'Token' | 'Mtls';

export interface TcpChannelConfig {
  /** A literal IP address and port. */
  readonly address: string;
  readonly tls_enabled: boolean;
  readonly required: boolean;
}

export interface IpcChannelConfig {
  readonly socket_path: string;
  readonly required: boolean;
}

/** How a module of ours carries its session over `ipc_channel` and `tcp_channel`, with `auth_token` as its proof. */
export interface LinkInit {
  readonly launch: string;
  /** `unix` and `tcp`, the better one first. */
  readonly prefer: readonly string[];
  /** PEM: signs the certificate of the orchestrator. */
  readonly ca?: string;
  /** Files of the module's own certificate. */
  readonly cert_file?: string;
  readonly key_file?: string;
  /** How long the module waits for a new orchestrator when this one is gone, in ms, and what it then shows that one. */
  readonly reattach?: { readonly wait_ms: number; readonly ticket: string };
}

export interface ServiceProvider {
  readonly provider_id: string;
  readonly module_id: string;
  readonly service_type: ServiceType;
  readonly name: string;
  readonly version: string | null;
  readonly address: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly is_healthy: boolean;
}

/** In either direction; from a module only to our own orchestrator. */
export interface HeartbeatMessage {
  readonly op: 'heartbeat';

  readonly seq?: number;
}

export interface HeartbeatAckMessage {
  readonly op: 'heartbeat_ack';

  readonly seq?: number;
  /** The longest the event loop of whoever writes this was held up since its last acknowledgement, in ms. */
  readonly lag_ms?: number;
  /** In the first one, before the announcement: what the module accepts. */
  readonly ext?: Extensions;
}
