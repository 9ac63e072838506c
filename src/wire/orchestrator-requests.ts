import { type Logger, messageOf, WireError } from '../foundation/index.js';
import { CallsUnderWay, type CallUnderWay } from './calls-under-way.js';
import { encodeError } from './error-frame.js';
import type { Agreement } from './extensions.js';
import type { WireJson } from './json/wire-json.js';
import { lostAnswer } from './lost-answer.js';
import type {
  HttpRequestMessage,
  HttpResponseMessage,
  ModuleMessage,
  RotatedMessage,
  RoutedMessage,
  ShutdownMessage,
} from './messages.js';

/** What a module does when it is asked. Rejections are reported to the peer or logged. */
export interface OrchestratorRequestHandlers {
  /** The signal aborts when nobody waits for the response any more. */
  http(request: HttpRequestMessage, signal: AbortSignal): Promise<Omit<HttpResponseMessage, 'op' | 'request_id'>>;
  /** Resolves when every hook has accepted, or nothing uses the values of before any more; rejects with the reason. */
  rotated(rotation: RotatedMessage): Promise<void>;
  shutdown(message: ShutdownMessage): void;
  /** A call of another module. Left out in a module that serves nothing to others. */
  routed?(message: RoutedMessage, call: CallUnderWay): Promise<WireJson>;
}

/** Sends an answer where the request came from. */
export type Reply = (message: ModuleMessage) => void;

/** Messages of the orchestrator that a module acts on. */
export type OrchestratorRequest = HttpRequestMessage | RotatedMessage | RoutedMessage | ShutdownMessage;

export interface OrchestratorRequestsOptions {
  readonly agreement: Agreement;
  readonly answer: (
    answer: Promise<ModuleMessage | undefined>,
    failure?: (error: unknown) => ModuleMessage,
    reply?: Reply,
  ) => void;
  readonly redact: (text: string) => string;
  readonly logger: Logger;
}

/** Requests that came before the module could serve them; the oldest are dropped beyond this. */
const maxEarly = 1_000;

/** The module's work on what its orchestrator asks of it. */
export class OrchestratorRequests {
  readonly #options: OrchestratorRequestsOptions;
  readonly #calls = new CallsUnderWay();
  #early: { readonly message: OrchestratorRequest; readonly reply: Reply | undefined }[] = [];
  #handlers: OrchestratorRequestHandlers | undefined;

  constructor(options: OrchestratorRequestsOptions) {
    this.#options = options;
  }

  /** Begins the work; what came before is done first. */
  serve(handlers: OrchestratorRequestHandlers): void {
    this.#handlers = handlers;
    for (const { message, reply } of this.#early.splice(0)) this.#handle(message, handlers, reply);
  }

  /** Without `reply` the answer goes where all others do. */
  take(message: OrchestratorRequest, reply?: Reply): void {
    if (this.#handlers) return this.#handle(message, this.#handlers, reply);
    if (this.#early.push({ message, reply }) > maxEarly) this.#early.shift();
  }

  /** The orchestrator does not wait for the response to that request any more. */
  cancel(id: string): void {
    if (this.#calls.cancel(id)) return;
    this.#early = this.#early.filter(({ message }) => !('request_id' in message) || message.request_id !== id);
  }

  /** Nobody waits for what is under way. */
  abortAll(reason: WireError): void {
    this.#calls.abortAll(reason);
  }

  #handle(message: OrchestratorRequest, handlers: OrchestratorRequestHandlers, reply: Reply | undefined): void {
    switch (message.op) {
      case 'shutdown':
        return handlers.shutdown(message);
      case 'rotated': {
        const { agreement, answer } = this.#options;
        if (agreement.has('stages') && message.reason !== 'committed')
          answer(Promise.resolve({ op: 'rotation_ack', rotation_id: message.rotation_id, status: 'received' }));
        return answer(this.#rotate(message, handlers), undefined, reply);
      }
      case 'http_request':
        return this.#options.answer(this.#request(message, handlers), (error) => this.#failed(message, error), reply);
      case 'routed_module_message':
        return this.#options.answer(this.#route(message, handlers), (error) =>
          this.#routeFailed(message, lostAnswer(error)),
        );
    }
  }

  async #rotate(message: RotatedMessage, handlers: OrchestratorRequestHandlers): Promise<ModuleMessage> {
    const ack = { op: 'rotation_ack', rotation_id: message.rotation_id } as const;
    try {
      await handlers.rotated(message);
      return { ...ack, status: 'success' };
    } catch (error) {
      return { ...ack, status: 'error', message: this.#options.redact(messageOf(error)) };
    }
  }

  #request(message: HttpRequestMessage, handlers: OrchestratorRequestHandlers): Promise<ModuleMessage | undefined> {
    const deadlineMs = this.#options.agreement.has('deadline') ? message.deadline_ms : undefined;
    return this.#calls.run(message.request_id, deadlineMs, async ({ signal }): Promise<ModuleMessage> => {
      try {
        return { op: 'http_response', request_id: message.request_id, ...(await handlers.http(message, signal)) };
      } catch (error) {
        return this.#failed(message, error, signal);
      }
    });
  }

  async #route(message: RoutedMessage, handlers: OrchestratorRequestHandlers): Promise<ModuleMessage | undefined> {
    const { request_id: id = message.original_request_id, deadline_ms: deadlineMs } = message;
    return this.#calls.run(id, deadlineMs, async (call): Promise<ModuleMessage> => {
      try {
        if (!handlers.routed) throw new WireError('PEER_REFUSED', 'this module serves nothing to other modules');
        const result = await handlers.routed(message, call);
        return { op: 'routed_module_answer', request_id: id, success: true, result, error: null };
      } catch (error) {
        return this.#routeFailed(message, error);
      }
    });
  }

  #routeFailed(message: RoutedMessage, error: unknown): ModuleMessage {
    const { request_id = message.original_request_id } = message;
    const fields = encodeError(error, this.#options.redact);
    return { op: 'routed_module_answer', request_id, success: false, result: null, ...fields };
  }

  #failed({ request_id, uri }: HttpRequestMessage, error: unknown, signal?: AbortSignal): ModuleMessage {
    // What was given up on purpose is no failure of the module.
    if (signal?.aborted) this.#options.logger.debug('a request over the wire was given up', { error, uri });
    else this.#options.logger.error('a request over the wire failed', { error, uri });
    return { op: 'http_response', request_id, ...internalError };
  }
}

/** As a server on a port answers when its answer fails. */
const internalError = {
  status_code: 500,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{"error":"internal error","code":"INTERNAL"}'),
};
