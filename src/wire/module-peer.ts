import { Deferred, type Logger, WireError } from '../foundation/index.js';
import type { Channel, ChannelEnd } from './channel.js';
import { describeEnd } from './channels/stream-channel.js';
import { decodeModuleLine } from './decode.js';
import { type Agreement, agreementWith, firstAgreement, offeredExtensions, plainAgreement } from './extensions.js';
import { HeartbeatAnswers } from './heartbeat-answers.js';
import { Heartbeats } from './heartbeats.js';
import type { WireJson } from './json/wire-json.js';
import { toldLimits, type WireLimits } from './limits.js';
import type {
  AnnounceMessage,
  Extensions,
  HttpRequestMessage,
  HttpResponseMessage,
  InitMessage,
  ModuleMessage,
  OrchestratorMessage,
  RotatedMessage,
} from './messages.js';
import { type ModuleRequestHandlers, ModuleRequests } from './module-requests.js';
import { messageSize, sendMessage, type SendOptions } from './send-message.js';
import { isStreamMessage } from './stream-messages.js';
import { OrchestratorCalls, type PeerRequestOptions, type RoutedCall } from './orchestrator-calls.js';
import { PeerRotations } from './peer-rotations.js';
import type { OpenPipe } from './pipe.js';
import { StreamTable } from './streams/stream-table.js';
import type { DropReason, WireObserver } from './wire-observer.js';

/** What the orchestrator does for one module. */
export interface ModulePeerHandlers extends ModuleRequestHandlers {
  /** A line on the module's stdout that is no message where messages were expected: to be redacted and logged. `reason` is what is wrong with it, without any of its text. */
  stray(text: string, reason?: string): void;
  /** A line on the stdout of a module whose messages come elsewhere. */
  output?(text: string): void;
  ended(end: ChannelEnd): void;
}

export interface ModulePeerOptions {
  readonly moduleId: string;
  readonly logger: Logger;
  readonly handlers: ModulePeerHandlers;
  /** Applied to error texts before they leave. */
  readonly redact?: (text: string) => string;
  readonly observer?: WireObserver;
  /** Writes messages otherwise than the protocol, for a module that reads nothing else. */
  readonly encode?: ((message: OrchestratorMessage) => string) | undefined;
  readonly limits?: Partial<WireLimits>;
}

/** The orchestrator's end of the session with one launch of one module. */
export class ModulePeer {
  readonly #channel: Channel;
  readonly #options: ModulePeerOptions;
  readonly #observer: WireObserver | undefined;
  readonly #nonce = crypto.randomUUID();
  readonly #announced = new Deferred<AnnounceMessage>();
  readonly #calls: OrchestratorCalls;
  readonly #rotations: PeerRotations;
  readonly #asked: ModuleRequests;
  /** Ours to the module. */
  readonly heartbeats: Heartbeats;
  readonly #heartbeatAnswers = new HeartbeatAnswers({ tellsLag: true });
  readonly #streams: StreamTable;
  #speaksNonce = false;
  #agreement: Agreement = plainAgreement;
  #form: SendOptions<OrchestratorMessage>;

  constructor(channel: Channel, options: ModulePeerOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#observer = options.observer;
    this.#form = this.#formOf(plainAgreement);
    const { handlers, logger, observer, limits } = options;
    const send = (message: OrchestratorMessage) => this.#send(message);
    const redact = options.redact ?? ((text: string) => text);
    this.#streams = new StreamTable({ send, queue: channel, redact, limits });
    const pipe: OpenPipe = (id, receiver) => this.#streams.pipe(id, receiver);
    const openPipe = () => (this.streams === undefined ? undefined : pipe);
    const agreement = () => this.#agreement;
    const asks = { moduleId: options.moduleId, send, agreement, observer };
    this.#calls = new OrchestratorCalls(asks);
    this.#rotations = new PeerRotations(asks);
    this.#asked = new ModuleRequests({ handlers, send, agreement, redact, logger, observer, openPipe });
    this.heartbeats = new Heartbeats({
      send,
      onAnswer: (roundTripMs, lagMs) => observer?.heartbeat(roundTripMs, lagMs),
    });
    this.#announced.promise.catch(() => undefined);
  }

  /** Resolves with the announcement; rejects with CHANNEL_CLOSED when the module goes before it announced. */
  get announced(): Promise<AnnounceMessage> {
    return this.#announced.promise;
  }

  /** Whether the module accepted our extensions, or has already used them. */
  get extensions(): boolean {
    return this.#agreement.version > 0;
  }

  /** For long bodies; undefined with a module that has no streams, or has not announced itself. */
  get streams(): StreamTable | undefined {
    return this.#agreement.has('streams') ? this.#streams : undefined;
  }

  /** Attaches to the channel and sends the init line, with the offer of our extensions. */
  start(init: Omit<InitMessage, 'op' | 'ext'>): void {
    this.#channel.start({
      onLine: (line, bytes) => this.#receive(line, bytes),
      onBadLine: (error, start) => {
        this.#options.logger.warn('a line from the module was dropped', { error });
        this.#observer?.dropped('broken_line', Buffer.byteLength(start));
        if (start !== '') this.#options.handlers.stray(start);
      },
      onOutput: (text) => this.#options.handlers.output?.(text),
      onEnd: (end) => this.#ended(end),
    });
    const told = toldLimits(this.#options.limits ?? {});
    const ext = { ...offeredExtensions, nonce: this.#nonce, ...(told && { limits: told }) };
    this.#send({ op: 'init', security_level: 'None', ...init, ext });
  }

  /** One http request to the module. Rejects with CALL_TIMEOUT, CHANNEL_CLOSED or the signal's reason. */
  request(
    request: Omit<HttpRequestMessage, 'op' | 'request_id'>,
    options: PeerRequestOptions,
  ): Promise<HttpResponseMessage> {
    return this.#calls.http(request, options);
  }

  /** A call of another module. Rejects with the module's ServiceError, or a WireError of the session. */
  route(call: RoutedCall, options: PeerRequestOptions): Promise<WireJson> {
    return this.#calls.route(call, options);
  }

  /**
   * Publishes a rotation; resolves when the module has acknowledged it, rejects with its reason or CALL_TIMEOUT. Calls
   * `received` when the module says that it has the message.
   */
  async rotate(rotation: Omit<RotatedMessage, 'op'>, timeoutMs: number, received?: () => void): Promise<void> {
    const acknowledged = this.#rotations.publish(rotation, timeoutMs, received);
    // A Rust module waits for one more line after `rotated` (DEFECTS R17).
    if (!this.extensions) this.heartbeats.beat();
    await acknowledged;
  }

  /** Whether the module can be told that a rotation was committed (`reason` of `rotate`), and says when it has drained. */
  get tellsStages(): boolean {
    return this.#agreement.has('stages');
  }

  shutdown(graceMs: number, reason: string): void {
    this.#send({ op: 'shutdown', grace_ms: graceMs, reason });
  }

  /** Closes every service connection (which rolls back what was open), then the channel. */
  async close(): Promise<void> {
    await this.#asked.close();
    await this.#channel.close();
  }

  #send(message: OrchestratorMessage): void {
    const { text, bytes, textBytes } = sendMessage(this.#channel, message, this.#form);
    this.#observer?.sent(message, messageSize(text, bytes, textBytes), this.#channel.queuedBytes);
  }

  #receive(line: string, bytes?: Buffer): void {
    const decoded = decodeModuleLine(line, this.extensions ? 'fast' : 'exact', bytes, this.#options.limits?.maxNesting);
    if (decoded.kind === 'malformed') {
      if (decoded.answerTo !== undefined) this.#calls.refuse(decoded.answerTo, decoded.reason);
      return this.#stray(line, 'not_a_message', decoded.reason);
    }
    if (decoded.kind === 'unknown') {
      this.#options.logger.warn('a message with an unknown op was skipped', { op: decoded.op });
      return this.#stray(line, 'unknown_op');
    }
    if (!this.#channel.isOwn && !this.#provesItself(decoded.nonce)) return this.#stray(line, 'no_nonce');
    this.#observer?.received(decoded.message, messageSize(line, bytes && [bytes]));
    try {
      this.#dispatch(decoded.message);
    } catch (error) {
      this.#options.logger.warn('a message from the module could not be handled', { op: decoded.message.op, error });
    }
  }

  /** Whether such a message may come from the SDK in the module: one that has shown the nonce shows it in all. */
  #provesItself(nonce: string | undefined): boolean {
    if (nonce === this.#nonce) this.#hearNonce();
    return nonce === this.#nonce || (nonce === undefined && !this.#speaksNonce);
  }

  /** Who uses the nonce has read our offer. A module of version 1 says only in its announcement that it accepts it. */
  #hearNonce(): void {
    this.#speaksNonce = true;
    if (this.#agreement.version === 0) this.#agree(firstAgreement);
  }

  #accepted(ext: Extensions | undefined): void {
    if (ext !== undefined) this.#agree(agreementWith(ext));
  }

  #agree(agreement: Agreement): void {
    this.#agreement = agreement;
    this.#form = this.#formOf(agreement);
  }

  /** How messages are written for a module that has agreed to that. */
  #formOf(agreement: Agreement): SendOptions<OrchestratorMessage> {
    const { encode, limits } = this.#options;
    const [extensions, brief] = [agreement.has('b64'), agreement.has('brief')];
    return { extensions, brief, encode, limits, maxNesting: limits?.maxNesting };
  }

  #dispatch(message: ModuleMessage): void {
    if (isStreamMessage(message)) return this.#streams.accept(message);
    switch (message.op) {
      case 'announce':
        this.#accepted(message.ext);
        return this.#announced.resolve(message);
      case 'get_secret':
      case 'port_request':
      case 'service_request':
      case 'service_operation':
      case 'register_service_provider':
      case 'discover_service_providers':
      case 'route_to_module':
        return this.#asked.answer(message);
      case 'cancel':
        return this.#asked.cancel(message.request_id);
      case 'routed_module_answer':
        return this.#expected(message.op, this.#calls.accept(message));
      case 'http_response':
        if (this.#calls.accept(message)) return;
        if (message.body_stream !== undefined) this.#streams.refuse(message.body_stream, 'nobody waits for the answer');
        return this.#expected(message.op, false);
      case 'rotation_ack':
        return this.#expected(message.op, this.#rotations.accept(message));
      case 'heartbeat_ack':
        this.#accepted(message.ext);
        return this.heartbeats.acknowledged(message);
      case 'heartbeat':
        return this.#send(this.#heartbeatAnswers.answer(message));
    }
  }

  #stray(line: string, reason: DropReason, why?: string): void {
    this.#observer?.dropped(reason, Buffer.byteLength(line));
    this.#options.handlers.stray(line, why);
  }

  #expected(op: string, wasExpected: boolean): void {
    if (wasExpected) return;
    this.#options.logger.debug('an answer nobody waits for was dropped', { op });
    this.#observer?.dropped('unexpected_answer', 0);
  }

  #ended(end: ChannelEnd): void {
    const gone = new WireError('CHANNEL_CLOSED', `module '${this.#options.moduleId}' is gone (${describeEnd(end)})`, {
      retryable: true,
    });
    this.heartbeats.stop();
    this.#heartbeatAnswers.stop();
    this.#announced.reject(gone);
    this.#calls.failAll(gone);
    this.#rotations.failAll(gone);
    this.#streams.failAll(gone);
    this.#asked
      .close()
      .catch((error: unknown) => this.#options.logger.warn('closing the connections of a module failed', { error }));
    this.#options.handlers.ended(end);
  }
}
