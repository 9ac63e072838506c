import { randomUUID } from 'node:crypto';
import {
  Deferred,
  isJsonObject,
  type JsonValue,
  type Logger,
  messageOf,
  PyWattError,
  WireError,
} from '../foundation/index.js';
import { CallTable } from './call-table.js';
import type { Channel, ChannelEnd } from './channel.js';
import { describeEnd } from './channels/line-channel.js';
import { decodeModuleLine } from './decode.js';
import { encodeMessage } from './encode.js';
import { encodeError } from './error-frame.js';
import { offeredExtensions } from './extensions.js';
import type {
  AnnounceMessage,
  GetSecretMessage,
  HttpRequestMessage,
  HttpResponseMessage,
  InitMessage,
  ModuleMessage,
  OrchestratorMessage,
  RotatedMessage,
  RotationAckMessage,
} from './messages.js';
import type { ServiceConnection, ServiceType } from './service.js';
import { ServedConnections } from './served-connections.js';

/** What the orchestrator does for one module. Rejections travel back as the answer's error. */
export interface ModulePeerHandlers {
  getSecret(request: GetSecretMessage): Promise<{ value: string; version?: string }>;
  openService(type: ServiceType, name: string, config: JsonValue, typedValues: boolean): Promise<ServiceConnection>;
  requestPort(specific: number | null): Promise<number>;
  /** A line on the module's stdout that is no message: to be redacted and logged. */
  stray(text: string): void;
  ended(end: ChannelEnd): void;
}

export interface ModulePeerOptions {
  readonly moduleId: string;
  readonly logger: Logger;
  readonly handlers: ModulePeerHandlers;
  /** Applied to error texts before they leave. */
  readonly redact?: (text: string) => string;
}

/** The orchestrator's end of the session with one launch of one module. */
export class ModulePeer {
  readonly #channel: Channel;
  readonly #options: ModulePeerOptions;
  readonly #redact: (text: string) => string;
  readonly #nonce = randomUUID();
  readonly #announced = new Deferred<AnnounceMessage>();
  readonly #requests = new CallTable<HttpResponseMessage>();
  readonly #rotations = new CallTable<RotationAckMessage>();
  readonly #served: ServedConnections;
  #speaksNonce = false;
  #extensions = false;
  #lastAckAt: number | undefined;
  #heartbeats = 0;

  constructor(channel: Channel, options: ModulePeerOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#redact = options.redact ?? ((text) => text);
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
    return this.#extensions || this.#speaksNonce;
  }

  /** When the last heartbeat was acknowledged, in ms since the epoch; undefined for a module that never did. */
  get lastAckAt(): number | undefined {
    return this.#lastAckAt;
  }

  /** Attaches to the channel and sends the init line, with the offer of our extensions. */
  start(init: Omit<InitMessage, 'op' | 'ext'>): void {
    this.#channel.start({
      onLine: (line) => this.#receive(line),
      onBadLine: (error, start) => {
        this.#options.logger.warn('a line from the module was dropped', { error });
        if (start !== '') this.#options.handlers.stray(start);
      },
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
    return this.#requests.start(id, `${request.method} to module '${this.#options.moduleId}'`, options, () =>
      this.#send({ op: 'http_request', request_id: id, ...request }),
    );
  }

  /** Publishes a rotation; resolves when the module has acknowledged it, rejects with its reason or CALL_TIMEOUT. */
  async rotate(rotation: Omit<RotatedMessage, 'op'>, timeoutMs: number): Promise<void> {
    const ack = await this.#rotations.start(
      rotation.rotation_id,
      `rotation in module '${this.#options.moduleId}'`,
      { timeoutMs },
      () => {
        this.#send({ op: 'rotated', ...rotation });
        // A Rust module waits for one more line after `rotated` (DEFECTS R17).
        if (!this.extensions) this.heartbeat();
      },
    );
    if (ack.status === 'error') throw new WireError('PEER_REFUSED', ack.message ?? 'the module gave no reason');
  }

  heartbeat(): void {
    this.#heartbeats += 1;
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
    this.#channel.send(encodeMessage(message, { extensions: this.extensions }));
  }

  #receive(line: string): void {
    const decoded = decodeModuleLine(line);
    if (decoded.kind === 'malformed') return this.#options.handlers.stray(line);
    if (decoded.kind === 'unknown') {
      this.#options.logger.warn('a message with an unknown op was skipped', { op: decoded.op });
      return this.#options.handlers.stray(line);
    }
    if (decoded.nonce === this.#nonce) this.#speaksNonce = true;
    else if (this.#speaksNonce || decoded.nonce !== undefined) return this.#options.handlers.stray(line);
    try {
      this.#dispatch(decoded.message);
    } catch (error) {
      this.#options.logger.warn('a message from the module could not be handled', { op: decoded.message.op, error });
    }
  }

  #dispatch(message: ModuleMessage): void {
    switch (message.op) {
      case 'announce':
        this.#extensions = (message.ext?.v ?? 0) >= 1;
        return this.#announced.resolve(message);
      case 'get_secret':
        return this.#answer(this.#secret(message));
      case 'port_request':
        return this.#answer(this.#port(message.request_id, message.specific_port));
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
        );
      case 'service_operation':
        return this.#answer(this.#served.operate(message), (error) => this.#served.failure(message, error));
      case 'http_response':
        return this.#expected(message.op, this.#requests.resolve(message.request_id, message));
      case 'rotation_ack':
        return this.#expected(message.op, this.#rotations.resolve(message.rotation_id, message));
      case 'heartbeat_ack':
        // Only an answer to one of ours says that the module answers them.
        if (this.#heartbeats > 0) this.#lastAckAt = Date.now();
    }
  }

  async #secret(request: GetSecretMessage): Promise<OrchestratorMessage> {
    const correlation = request.request_id === undefined ? {} : { request_id: request.request_id };
    try {
      const { value, version } = await this.#options.handlers.getSecret(request);
      return { op: 'secret', name: request.name, value, ...correlation, ...(version === undefined ? {} : { version }) };
    } catch (error) {
      const code = PyWattError.is(error) ? error.code : 'PROVIDER_FAILED';
      const answer = {
        op: 'secret',
        name: request.name,
        value: '',
        found: false,
        error: this.#redact(messageOf(error)),
      } as const;
      return { ...answer, ...correlation, error_code: code === 'NOT_FOUND' ? 'SECRET_NOT_FOUND' : code };
    }
  }

  async #port(requestId: string, specific: number | null): Promise<OrchestratorMessage> {
    try {
      const port = await this.#options.handlers.requestPort(specific);
      return { op: 'port_response', request_id: requestId, success: true, port, error_message: null };
    } catch (error) {
      return {
        op: 'port_response',
        request_id: requestId,
        success: false,
        port: 0,
        error_message: encodeError(error, this.#redact).error,
      };
    }
  }

  /** `failure` stands in for an answer that cannot be sent, being too long or no JSON: nobody shall wait in vain. */
  #answer(answer: Promise<OrchestratorMessage>, failure?: (error: unknown) => OrchestratorMessage): void {
    answer
      .then((message) => this.#send(message))
      .catch((error: unknown) => {
        if (failure === undefined) throw error;
        this.#send(failure(error));
      })
      .catch((error: unknown) => this.#options.logger.debug('an answer could not be sent', { error }));
  }

  #expected(op: string, wasExpected: boolean): void {
    if (!wasExpected) this.#options.logger.debug('an answer nobody waits for was dropped', { op });
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

function nameIn(config: JsonValue): string {
  const name = isJsonObject(config) ? config['name'] : undefined;
  return typeof name === 'string' && name !== '' ? name : 'default';
}
