import { randomUUID } from 'node:crypto';
import {
  BootError,
  Deferred,
  EventLoopLag,
  type Logger,
  messageOf,
  WireError,
  withDeadline,
} from '../foundation/index.js';
import type { Channel, ChannelEnd } from './channel.js';
import { describeEnd } from './channels/stream-channel.js';
import { decodeInitLine, decodeOrchestratorLine } from './decode.js';
import { encodePlainHttpResponse } from './encode.js';
import { offeredExtensions } from './extensions.js';
import type {
  Endpoint,
  HeartbeatMessage,
  HttpRequestMessage,
  HttpResponseMessage,
  InitMessage,
  ModuleMessage,
  OrchestratorMessage,
  RotatedMessage,
  ShutdownMessage,
} from './messages.js';
import { ModuleCalls, type SecretReply } from './module-calls.js';
import { sendMessage } from './send-message.js';
import type { ServiceCallOptions, ServiceConnection, ServiceType } from './service.js';

/** What the module does with messages that are not answers. Rejections are reported to the peer or logged. */
export interface ModuleSessionHandlers {
  http(request: HttpRequestMessage): Promise<Omit<HttpResponseMessage, 'op' | 'request_id'>>;
  /** Resolves when every hook has accepted; rejects with the reason. */
  rotated(rotation: RotatedMessage): Promise<void>;
  shutdown(message: ShutdownMessage): void;
  ended(end: ChannelEnd): void;
}

export interface ModuleSessionOptions {
  readonly logger: Logger;
  readonly initTimeoutMs?: number;
  /** Deadline of a call that names none. Default 30 s. */
  readonly callTimeoutMs?: number;
  readonly redact?: (text: string) => string;
}

type AskingMessage = HttpRequestMessage | RotatedMessage | ShutdownMessage;

/** Requests that came before the module could serve them; the oldest are dropped beyond this. */
const maxEarly = 1_000;

/**
 * The module's end of the wire. Opened by the init line; correlates answers, many calls at once with a peer that
 * echoes our correlation id, one at a time where a plain peer's answers cannot be told apart.
 */
export class ModuleSession {
  readonly init: InitMessage;
  /** True when the orchestrator offered our extensions. */
  readonly extensions: boolean;
  readonly #channel: Channel;
  readonly #logger: Logger;
  readonly #redact: (text: string) => string;
  readonly #calls: ModuleCalls;
  readonly #early: AskingMessage[] = [];
  #handlers: ModuleSessionHandlers | undefined;
  #end: ChannelEnd | undefined;
  #lag: EventLoopLag | undefined;

  private constructor(init: InitMessage, channel: Channel, options: ModuleSessionOptions) {
    this.init = init;
    this.extensions = (init.ext?.v ?? 0) >= 1;
    this.#channel = channel;
    this.#logger = options.logger;
    this.#redact = options.redact ?? ((text) => text);
    this.#calls = new ModuleCalls({
      send: (message) => this.#send(message),
      extensions: this.extensions,
      logger: options.logger,
      callTimeoutMs: options.callTimeoutMs ?? 30_000,
    });
  }

  /** Waits for the init line; INIT_TIMEOUT when none came in time (default 10 s). The caller closes the session. */
  static async open(channel: Channel, options: ModuleSessionOptions): Promise<ModuleSession> {
    const opened = new Deferred<ModuleSession>();
    let session: ModuleSession | undefined;
    channel.start({
      onLine: (line, bytes) => {
        if (session) return session.#receive(line, bytes);
        const decoded = decodeInitLine(line);
        if (decoded.kind === 'message') {
          session = new ModuleSession(decoded.message, channel, options);
          session.#greet();
          opened.resolve(session);
        } else {
          options.logger.warn('a line before init was skipped', { bytes: line.length });
        }
      },
      onBadLine: (error) => options.logger.warn('a line from the orchestrator was dropped', { error }),
      onEnd: (end) => {
        opened.reject(noInit(`the channel ended before the init line came (${describeEnd(end)})`));
        if (session) session.#ended(end);
      },
    });
    const timeoutMs = options.initTimeoutMs ?? 10_000;
    return withDeadline(opened.promise, timeoutMs, () => noInit(`no init line came within ${timeoutMs} ms`));
  }

  /** Begins delivery of requests; what came before is delivered first. */
  serve(handlers: ModuleSessionHandlers): void {
    this.#handlers = handlers;
    for (const message of this.#early.splice(0)) this.#handle(message, handlers);
    if (this.#end) handlers.ended(this.#end);
  }

  announce(listen: string, endpoints: readonly Endpoint[]): void {
    this.#send({ op: 'announce', listen, endpoints, ...(this.extensions ? { ext: offeredExtensions } : {}) });
  }

  /**
   * The value in force, or the one that rotation proposes; undefined when the orchestrator says there is none, which a
   * plain one does by not answering for 5 s. Rejects with PEER_REFUSED (the reason's code in `details.code`),
   * CALL_TIMEOUT (default 5 s) or CHANNEL_CLOSED.
   */
  getSecret(name: string, options: { rotationId?: string; timeoutMs?: number } = {}): Promise<SecretReply | undefined> {
    return this.#calls.getSecret(name, options);
  }

  /** Opens a connection to the named database, cache or other service; rejects in the family of the service. */
  openService(type: ServiceType, name: string, timeoutMs?: number): Promise<ServiceConnection> {
    return this.#calls.openService(type, name, timeoutMs);
  }

  /** A port to listen on: that one, or any. Rejects with PEER_REFUSED when there is none, CALL_TIMEOUT, CHANNEL_CLOSED. */
  requestPort(specificPort: number | null, options?: ServiceCallOptions): Promise<number> {
    return this.#calls.requestPort(specificPort, options);
  }

  async close(): Promise<void> {
    await this.#channel.close();
  }

  #send(message: ModuleMessage): void {
    if (message.op === 'http_response' && !this.extensions)
      return this.#channel.send(encodePlainHttpResponse(message, this.init.module_id, randomUUID()));
    const nonce = this.#channel.isOwn ? undefined : this.init.ext?.nonce;
    sendMessage(this.#channel, message, { extensions: this.extensions, nonce });
  }

  #receive(line: string, bytes?: Buffer): void {
    const decoded = decodeOrchestratorLine(line, this.extensions ? 'fast' : 'exact', bytes);
    switch (decoded.kind) {
      case 'message':
        return this.#accept(decoded.message);
      case 'unknown':
        return this.#logger.warn('a message with an unknown op was skipped', { op: decoded.op });
      case 'malformed':
        return this.#logger.warn('a malformed line was skipped', { reason: decoded.reason, bytes: line.length });
    }
  }

  /**
   * Shows the nonce at once: from then on nothing that other code prints on our stdout can pass for a message. On a
   * channel of our own it says that this is where the module is.
   */
  #greet(): void {
    if (this.init.ext?.nonce !== undefined) this.#answer(Promise.resolve({ op: 'heartbeat_ack' }));
  }

  #acknowledgement({ seq }: HeartbeatMessage): ModuleMessage {
    const echoed = { op: 'heartbeat_ack', ...(seq === undefined ? {} : { seq }) } as const;
    if (!this.extensions) return echoed;
    // From the first heartbeat on: a module that gets none measures nothing.
    this.#lag ??= new EventLoopLag();
    return { ...echoed, lag_ms: this.#lag.takeLongestMs() };
  }

  #accept(message: OrchestratorMessage): void {
    try {
      this.#dispatch(message);
    } catch (error) {
      this.#logger.error('a message from the orchestrator could not be handled', { op: message.op, error });
    }
  }

  #dispatch(message: OrchestratorMessage): void {
    switch (message.op) {
      case 'secret':
      case 'service_response':
      case 'service_operation_result':
      case 'port_response':
        if (this.#calls.accept(message)) return;
        return this.#logger.debug('an answer nobody waits for was dropped', { op: message.op });
      case 'heartbeat':
        return this.#answer(Promise.resolve(this.#acknowledgement(message)));
      case 'init':
        return this.#logger.warn('a second init line was ignored');
      case 'register_service_provider_response':
      case 'discover_service_providers_response':
      case 'routed_module_message':
      case 'routed_module_response':
        return this.#logger.warn('a message that nobody here asked for was dropped', { op: message.op });
      case 'http_request':
      case 'rotated':
      case 'shutdown':
        if (this.#handlers) return this.#handle(message, this.#handlers);
        if (this.#early.push(message) > maxEarly) this.#early.shift();
    }
  }

  #handle(message: AskingMessage, handlers: ModuleSessionHandlers): void {
    switch (message.op) {
      case 'shutdown':
        return handlers.shutdown(message);
      case 'rotated':
        return this.#answer(this.#rotate(message, handlers));
      case 'http_request':
        return this.#answer(this.#request(message, handlers), (error) => this.#failedRequest(message, error));
    }
  }

  async #rotate(message: RotatedMessage, handlers: ModuleSessionHandlers): Promise<ModuleMessage> {
    const ack = { op: 'rotation_ack', rotation_id: message.rotation_id } as const;
    try {
      await handlers.rotated(message);
      return { ...ack, status: 'success' };
    } catch (error) {
      return { ...ack, status: 'error', message: this.#redact(messageOf(error)) };
    }
  }

  async #request(message: HttpRequestMessage, handlers: ModuleSessionHandlers): Promise<ModuleMessage> {
    try {
      return { op: 'http_response', request_id: message.request_id, ...(await handlers.http(message)) };
    } catch (error) {
      return this.#failedRequest(message, error);
    }
  }

  #failedRequest({ request_id, uri }: HttpRequestMessage, error: unknown): ModuleMessage {
    this.#logger.error('a request over the wire failed', { error, uri });
    return { op: 'http_response', request_id, ...internalError };
  }

  /** `failure` stands in for an answer that cannot be sent, being too long or no JSON: nobody shall wait in vain. */
  #answer(answer: Promise<ModuleMessage>, failure?: (error: unknown) => ModuleMessage): void {
    answer
      .then((message) => this.#send(message))
      .catch((error: unknown) => {
        if (failure === undefined || this.#end) throw error;
        this.#send(failure(error));
      })
      .catch((error: unknown) => this.#logger.warn('an answer could not be sent', { error }));
  }

  #ended(end: ChannelEnd): void {
    this.#end = end;
    this.#lag?.stop();
    const gone = new WireError('CHANNEL_CLOSED', `the orchestrator is gone (${describeEnd(end)})`, { retryable: true });
    this.#calls.failAll(gone);
    this.#handlers?.ended(end);
  }
}

/** As a server on a port answers when its answer fails. */
const internalError = {
  status_code: 500,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{"error":"internal error","code":"INTERNAL"}'),
};

function noInit(reason: string): BootError {
  return new BootError(
    'INIT_TIMEOUT',
    `this module expects an orchestrator on standard input, but ${reason}. ` +
      'Start it with `pywatt run`, or unset PYWATT_MODULE_ID (or set PYWATT_ENVIRONMENT=direct) to run it by itself.',
  );
}
