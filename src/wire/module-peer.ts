import { randomUUID } from 'node:crypto';
import { Deferred, type Logger, WireError } from '../foundation/index.js';
import { CallTable } from './call-table.js';
import type { Channel, ChannelEnd } from './channel.js';
import { describeEnd } from './channels/stream-channel.js';
import { decodeModuleLine } from './decode.js';
import { offeredExtensions } from './extensions.js';
import { isWireObject, type WireJson } from './json/wire-json.js';
import { portAnswer } from './port-answer.js';
import { refusalOf } from './refusal.js';
import { secretAnswer, secretFailure } from './secret-answer.js';
import type {
  AnnounceMessage,
  GetSecretMessage,
  HeartbeatAckMessage,
  HttpRequestMessage,
  HttpResponseMessage,
  InitMessage,
  ModuleMessage,
  OrchestratorMessage,
  RotatedMessage,
  RotationAckMessage,
} from './messages.js';
import { messageSize, sendMessage } from './send-message.js';
import type { ServiceConnection, ServiceType } from './service.js';
import { ServedConnections } from './served-connections.js';
import { type CallEnd, type DropReason, isSuccess, watchCall, type WireObserver } from './wire-observer.js';

/** What the orchestrator does for one module. Rejections travel back as the answer's error. */
export interface ModulePeerHandlers {
  getSecret(request: GetSecretMessage): Promise<{ value: string; version?: string }>;
  openService(type: ServiceType, name: string, config: WireJson, typedValues: boolean): Promise<ServiceConnection>;
  requestPort(specific: number | null): Promise<number>;
  /** A line on the module's stdout that is no message where messages were expected: to be redacted and logged. */
  stray(text: string): void;
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
}

/** The orchestrator's end of the session with one launch of one module. */
export class ModulePeer {
  readonly #channel: Channel;
  readonly #options: ModulePeerOptions;
  readonly #redact: (text: string) => string;
  readonly #observer: WireObserver | undefined;
  readonly #nonce = randomUUID();
  readonly #announced = new Deferred<AnnounceMessage>();
  readonly #requests = new CallTable<HttpResponseMessage>();
  readonly #rotations = new CallTable<RotationAckMessage>();
  readonly #served: ServedConnections;
  #speaksNonce = false;
  #extensions = false;
  #lastAckAt: number | undefined;
  #heartbeats = 0;
  #heartbeatAt = 0;

  constructor(channel: Channel, options: ModulePeerOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#redact = options.redact ?? ((text) => text);
    this.#observer = options.observer;
    this.#served = new ServedConnections({
      send: (message) => this.#send(message),
      redact: this.#redact,
      logger: options.logger,
    });
    this.#announced.promise.catch(() => undefined);
  }

  /** Resolves with the announcement; rejects with CHANNEL_CLOSED when the module goes before it announced. */
  get announced(): Promise<AnnounceMessage> {
    return this.#announced.promise;
  }

  /** Whether the module accepted our extensions, or has already used them. */
  get extensions(): boolean {
    return this.#extensions || this.#speaksNonce || this.#channel.isOwn;
  }

  /** When the last heartbeat was acknowledged, in ms since the epoch; undefined for a module that never did. */
  get lastAckAt(): number | undefined {
    return this.#lastAckAt;
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
    this.#send({ op: 'init', security_level: 'None', ...init, ext: { ...offeredExtensions, nonce: this.#nonce } });
  }

  /** One http request to the module. Rejects with CALL_TIMEOUT, CHANNEL_CLOSED or the signal's reason. */
  async request(
    request: Omit<HttpRequestMessage, 'op' | 'request_id'>,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<HttpResponseMessage> {
    const id = randomUUID();
    const answer = this.#requests.start(id, `${request.method} to module '${this.#options.moduleId}'`, options, () =>
      this.#send({ op: 'http_request', request_id: id, ...request }),
    );
    return watchCall(answer, this.#observer?.called('http', request.method), ({ status_code }) => status_code < 500);
  }

  /** Publishes a rotation; resolves when the module has acknowledged it, rejects with its reason or CALL_TIMEOUT. */
  async rotate(rotation: Omit<RotatedMessage, 'op'>, timeoutMs: number): Promise<void> {
    const acknowledged = this.#rotations.start(
      rotation.rotation_id,
      `rotation in module '${this.#options.moduleId}'`,
      { timeoutMs },
      () => {
        this.#send({ op: 'rotated', ...rotation });
        // A Rust module waits for one more line after `rotated` (DEFECTS R17).
        if (!this.extensions) this.heartbeat();
      },
    );
    const ack = await watchCall(
      acknowledged,
      this.#observer?.called('rotation', 'rotated'),
      ({ status }) => status === 'success',
    );
    if (ack.status !== 'success') throw new WireError('PEER_REFUSED', ack.message ?? 'the module gave no reason');
  }

  heartbeat(): void {
    this.#heartbeats += 1;
    this.#heartbeatAt = performance.now();
    this.#send({ op: 'heartbeat', seq: this.#heartbeats });
  }

  shutdown(graceMs: number, reason: string): void {
    this.#send({ op: 'shutdown', grace_ms: graceMs, reason });
  }

  /** Closes every service connection (which rolls back what was open), then the channel. */
  async close(): Promise<void> {
    await this.#served.close();
    await this.#channel.close();
  }

  #send(message: OrchestratorMessage): void {
    const size = sendMessage(this.#channel, message, {
      extensions: this.extensions,
      encode: this.#options.encode,
    });
    this.#observer?.sent(message, size, this.#channel.queuedBytes);
  }

  #receive(line: string, bytes?: Buffer): void {
    const decoded = decodeModuleLine(line, this.extensions ? 'fast' : 'exact', bytes);
    if (decoded.kind === 'malformed') return this.#stray(line, 'not_a_message');
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
    if (nonce === this.#nonce) this.#speaksNonce = true;
    return nonce === this.#nonce || (nonce === undefined && !this.#speaksNonce);
  }

  #dispatch(message: ModuleMessage): void {
    switch (message.op) {
      case 'announce':
        this.#extensions = (message.ext?.v ?? 0) >= 1;
        return this.#announced.resolve(message);
      case 'get_secret':
        return this.#answer(
          secretAnswer(message, this.#options.handlers, this.#redact),
          this.#observer?.called('secret', 'get'),
          (error) => secretFailure(message, error, this.#redact),
        );
      case 'port_request':
        return this.#answer(
          portAnswer(message, this.#options.handlers, this.#redact),
          this.#observer?.called('port', 'request'),
        );
      case 'service_request':
        return this.#answer(
          this.#served.open(message, () =>
            this.#options.handlers.openService(
              message.service_type,
              nameIn(message.config),
              message.config,
              this.extensions,
            ),
          ),
          this.#observer?.called(message.service_type, 'open'),
        );
      case 'service_operation':
        return this.#answer(
          this.#served.operate(message),
          this.#observer?.called(message.service_type, message.operation),
          (error) => this.#served.failure(message, error),
        );
      case 'register_service_provider':
      case 'discover_service_providers':
      case 'route_to_module':
        return this.#send(refusalOf(message));
      case 'http_response':
        return this.#expected(message.op, this.#requests.resolve(message.request_id, message));
      case 'rotation_ack':
        return this.#expected(message.op, this.#rotations.resolve(message.rotation_id, message));
      case 'heartbeat_ack':
        return this.#acknowledged(message);
    }
  }

  #acknowledged({ seq, lag_ms }: HeartbeatAckMessage): void {
    // Only an answer to one of ours says that the module answers them.
    if (this.#heartbeats === 0) return;
    this.#lastAckAt = Date.now();
    // Of an answer to an earlier one nobody knows how long it took.
    if (seq === undefined || seq === this.#heartbeats)
      this.#observer?.heartbeat(performance.now() - this.#heartbeatAt, lag_ms);
  }

  #stray(line: string, reason: DropReason): void {
    this.#observer?.dropped(reason, Buffer.byteLength(line));
    this.#options.handlers.stray(line);
  }

  /** `failure` stands in for an answer that cannot be sent, being too long or no JSON: nobody shall wait in vain. */
  #answer(
    answer: Promise<OrchestratorMessage>,
    end?: CallEnd,
    failure?: (error: unknown) => OrchestratorMessage,
  ): void {
    answer
      .then((message) => {
        end?.(isSuccess(message));
        this.#send(message);
      })
      .catch((error: unknown) => {
        if (failure === undefined) throw error;
        this.#send(failure(error));
      })
      .catch((error: unknown) => this.#options.logger.debug('an answer could not be sent', { error }));
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
    this.#announced.reject(gone);
    this.#requests.failAll(gone);
    this.#rotations.failAll(gone);
    this.#served
      .close()
      .catch((error: unknown) => this.#options.logger.warn('closing the connections of a module failed', { error }));
    this.#options.handlers.ended(end);
  }
}

function nameIn(config: WireJson): string {
  const name = isWireObject(config) ? config['name'] : undefined;
  return typeof name === 'string' && name !== '' ? name : 'default';
}
