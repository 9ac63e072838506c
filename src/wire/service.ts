import type { JsonObject } from '../foundation/index.js';
import type { WireJson } from './json/wire-json.js';
import type { OpenPipe } from './pipe.js';

/** The services of the protocol; `{ Custom: name }` for others. */
export type ServiceType = 'Database' | 'Cache' | 'Jwt' | { readonly Custom: string };

export interface ServiceCallOptions {
  /** How long the caller waits for the answer, in milliseconds; the session's default when left out. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Has `listener` called, once, when `signal` would abort; one at a time. Where it is offered it costs less than a signal. */
  readonly onAbort?: ((listener: (reason: unknown) => void) => void) | undefined;
}

/**
 * One open connection to a service. The module's proxies and the orchestrator's brokers both speak this interface:
 * `Session` carries it over the wire, and a test may join the two ends directly.
 */
export interface ServiceConnection {
  /** Facts the broker told when it opened, such as `{ type: 'sqlite' }`; empty from a plain peer. */
  readonly info: JsonObject;
  /**
   * Whether values may use the forms agreed in the capability handshake (`types` beside params and rows). Always true
   * between our own two ends; false when the peer speaks the plain protocol.
   */
  readonly typedValues: boolean;
  /** The longest message that the far end takes, where messages are sent: what is larger need not be encoded. */
  readonly maxMessageBytes?: number | undefined;
  /** Performs one operation of the service's calls table. Rejects with the error class of the service. */
  call(operation: string, params: WireJson, options?: ServiceCallOptions): Promise<WireJson>;
  /** Ends the connection; a broker rolls back and gives back whatever the module still held. Idempotent. */
  close(): Promise<void>;
}

export interface ServiceOpenRequest {
  readonly moduleId: string;
  /** The name the module asked for; `default` when it named none. */
  readonly name: string;
  /** The `config` of the service_request as it came; never trusted for addresses or credentials. */
  readonly config: WireJson;
  readonly typedValues: boolean;
  /** Opens pipes that operations name; absent for a module without streams. */
  readonly openPipe?: OpenPipe | undefined;
}

/** The orchestrator's end of a service: opens connections for modules that were granted them. */
export interface ServiceBroker {
  readonly serviceType: ServiceType;
  /** The names of its operations, another array whenever they change. Metrics count calls of all others together. */
  readonly operations: readonly string[];
  open(request: ServiceOpenRequest): Promise<ServiceConnection>;
}
