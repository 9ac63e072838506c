import { WireError } from '../foundation/index.js';
import { CallTable } from './call-table.js';
import { decodeError } from './error-frame.js';
import { type Agreement, deadlineOf } from './extensions.js';
import type { WireJson } from './json/wire-json.js';
import type {
  HttpRequestMessage,
  HttpResponseMessage,
  OrchestratorMessage,
  RoutedAnswerMessage,
  RoutedMessage,
} from './messages.js';
import { emptyPayload } from './routed-payload.js';
import { watched, type WireObserver } from './wire-observer.js';

export interface OrchestratorCallsOptions {
  readonly moduleId: string;
  readonly send: (message: OrchestratorMessage) => void;
  readonly agreement: () => Agreement;
  readonly observer: WireObserver | undefined;
}

export interface PeerRequestOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A call of an operation that the module serves to others. */
export interface RoutedCall {
  readonly sourceModuleId: string;
  readonly service: string;
  readonly operation: string;
  readonly params: WireJson;
}

/** What the orchestrator asks of one module, and the answers it waits for. */
export class OrchestratorCalls {
  readonly #options: OrchestratorCallsOptions;
  readonly #http: CallTable<HttpResponseMessage>;
  readonly #routed: CallTable<RoutedAnswerMessage>;

  constructor(options: OrchestratorCallsOptions) {
    this.#options = options;
    const tell = (id: string) => this.#cancel(id);
    this.#http = new CallTable({ tell });
    this.#routed = new CallTable({ tell });
  }

  /** Rejects with CALL_TIMEOUT, CHANNEL_CLOSED or the signal's reason. */
  http(
    request: Omit<HttpRequestMessage, 'op' | 'request_id'>,
    options: PeerRequestOptions,
  ): Promise<HttpResponseMessage> {
    const { moduleId, observer } = this.#options;
    const id = crypto.randomUUID();
    const message = { op: 'http_request', request_id: id, ...request } as const;
    const answer = this.#http.start(id, `${request.method} to module '${moduleId}'`, options, () =>
      this.#send(message, options),
    );
    return watched(answer, observer?.called('http', request.method), ({ status_code }) => status_code < 500);
  }

  /** Rejects with the module's error, PEER_REFUSED from one whose SDK takes no calls, and as `http`. */
  async route(
    { sourceModuleId, service, operation, params }: RoutedCall,
    options: PeerRequestOptions,
  ): Promise<WireJson> {
    const { moduleId, agreement, observer } = this.#options;
    const endpoint = `${service}/${operation}`;
    if (!agreement().has('routes'))
      throw new WireError('PEER_REFUSED', `module '${moduleId}' takes no calls of other modules: its SDK has no such`);
    const id = crypto.randomUUID();
    const message: RoutedMessage = {
      op: 'routed_module_message',
      source_module_id: sourceModuleId,
      original_request_id: id,
      payload: emptyPayload,
      target_endpoint: endpoint,
      request_id: id,
      params,
    };
    const answer = this.#routed.start(id, `${endpoint} of module '${moduleId}'`, options, () =>
      this.#send(message, options),
    );
    const served = await watched(answer, observer?.called('served', service), ({ success }) => success);
    if (served.success) return served.result;
    throw decodeError({ Custom: service }, served);
  }

  /** False when nobody waits for it. */
  accept(message: HttpResponseMessage | RoutedAnswerMessage): boolean {
    return message.op === 'http_response'
      ? this.#http.resolve(message.request_id, message)
      : this.#routed.resolve(message.request_id, message);
  }

  /** Fails whoever waits for what came as that: there will be no other. */
  refuse(id: string, reason: string): void {
    const errorOf = (what: string) =>
      new WireError('MESSAGE_INVALID', `${what}: what came as its answer is none: ${reason}`);
    if (!this.#http.reject(id, errorOf)) this.#routed.reject(id, errorOf);
  }

  failAll(error: Error): void {
    this.#http.failAll(error);
    this.#routed.failAll(error);
  }

  #send(message: HttpRequestMessage | RoutedMessage, { timeoutMs }: PeerRequestOptions): void {
    const { send, agreement } = this.#options;
    send({ ...message, ...deadlineOf(agreement(), timeoutMs) });
  }

  #cancel(id: string): boolean {
    const { send, agreement } = this.#options;
    if (!agreement().has('cancel')) return false;
    send({ op: 'cancel', request_id: id });
    return true;
  }
}
