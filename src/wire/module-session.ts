import { randomUUID } from 'node:crypto';
import {
  Deferred,
  type JsonObject,
  type JsonValue,
  type Logger,
  messageOf,
  withDeadline,
  WireError,
  BootError,
} from '../foundation/index.js';
import { CallTable } from './call-table.js';
import type { Channel, ChannelEnd } from './channel.js';
import { describeEnd } from './channels/line-channel.js';
import { decodeOrchestratorLine } from './decode.js';
import { encodeMessage } from './encode.js';
import { decodeError } from './error-frame.js';
import { offeredExtensions } from './extensions.js';
import type {
  Endpoint,
  HttpRequestMessage,
  HttpResponseMessage,
  InitMessage,
  ModuleMessage,
  OrchestratorMessage,
  PortResponseMessage,
  RotatedMessage,
  SecretMessage,
  ServiceResponseMessage,
  ServiceResultMessage,
  ShutdownMessage,
} from './messages.js';
import { PlainCalls } from './plain-calls.js';
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

export interface SecretReply {
  readonly value: string;
  readonly version?: string;
}

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
  readonly #callTimeoutMs: number;
  readonly #redact: (text: string) => string;
  readonly #secrets = new CallTable<SecretMessage>();
  readonly #plainSecrets = new PlainCalls<SecretMessage>();
  readonly #services = new CallTable<ServiceResponseMessage>();
  readonly #results = new CallTable<ServiceResultMessage>();
  readonly #plainResults = new PlainCalls<ServiceResultMessage>();
  readonly #ports = new CallTable<PortResponseMessage>();
  readonly #early: OrchestratorMessage[] = [];
  #handlers: ModuleSessionHandlers | undefined;
  #end: ChannelEnd | undefined;

  private constructor(init: InitMessage, channel: Channel, options: ModuleSessionOptions) {
    this.init = init;
    this.extensions = (init.ext?.v ?? 0) >= 1;
    this.#channel = channel;
    this.#logger = options.logger;
    this.#callTimeoutMs = options.callTimeoutMs ?? 30_000;
    this.#redact = options.redact ?? ((text) => text);
  }

  /** Waits for the init line; INIT_TIMEOUT when none came in time (default 10 s). The caller closes the session. */
  static async open(channel: Channel, options: ModuleSessionOptions): Promise<ModuleSession> {
    const opened = new Deferred<ModuleSession>();
    let session: ModuleSession | undefined;
    channel.start({
      onLine: (line) => {
        if (session) return session.#receive(line);
        const decoded = decodeOrchestratorLine(line);
        if (decoded.kind === 'message' && decoded.message.op === 'init') {
          session = new ModuleSession(decoded.message, channel, options);
          opened.resolve(session);
        } else {
          options.logger.warn('a line before init was skipped', { line: line.slice(0, 200) });
        }
      },
      onBadLine: (error, start) => options.logger.warn('a line from the orchestrator was dropped', { error, start }),
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
    for (const message of this.#early.splice(0)) this.#dispatch(message);
    if (this.#end) handlers.ended(this.#end);
  }

  announce(listen: string, endpoints: readonly Endpoint[]): void {
    this.#send({ op: 'announce', listen, endpoints, ...(this.extensions ? { ext: offeredExtensions } : {}) });
  }

  /** The value in force, or the one that rotation proposes; undefined when the orchestrator says there is none. */
  async getSecret(
    name: string,
    options: { rotationId?: string; timeoutMs?: number } = {},
  ): Promise<SecretReply | undefined> {
    const call = { timeoutMs: options.timeoutMs ?? 5_000 };
    const what = `secret '${name}'`;
    const rotation = options.rotationId === undefined || !this.extensions ? {} : { rotation_id: options.rotationId };
    let answer: SecretMessage;
    if (this.extensions) {
      const id = randomUUID();
      answer = await this.#secrets.start(id, what, call, () =>
        this.#send({ op: 'get_secret', name, request_id: id, ...rotation }),
      );
    } else {
      answer = await this.#plainSecrets.call(name, what, call, () => this.#send({ op: 'get_secret', name }));
    }
    if (answer.found === false) {
      if (
        answer.error_code === undefined ||
        answer.error_code === 'NOT_FOUND' ||
        answer.error_code === 'SECRET_NOT_FOUND'
      )
        return undefined;
      throw new WireError('PEER_REFUSED', answer.error ?? `the orchestrator refused ${what}`, {
        details: { code: answer.error_code },
      });
    }
    return { value: answer.value, ...(answer.version === undefined ? {} : { version: answer.version }) };
  }

  /** Opens a connection to the named database, cache or other service; rejects in the family of the service. */
  async openService(type: ServiceType, name: string, timeoutMs = this.#callTimeoutMs): Promise<ServiceConnection> {
    const id = `${typeof type === 'string' ? idPrefix[type] : 'service'}_request_${randomUUID()}`;
    const answer = await this.#services.start(id, `opening ${describeService(type)} '${name}'`, { timeoutMs }, () =>
      this.#send({ op: 'service_request', id, service_type: type, config: { name } }),
    );
    if (!answer.success) throw decodeError(type, answer);
    if (answer.connection_id === null)
      throw new WireError('MESSAGE_INVALID', `service_response for '${name}' has no connection_id`);
    return this.#connection(type, answer.connection_id, answer.info ?? {});
  }

  async requestPort(specificPort: number | null, timeoutMs = 3_000): Promise<number> {
    const id = randomUUID();
    const answer = await this.#ports.start(id, 'port request', { timeoutMs }, () =>
      this.#send({ op: 'port_request', request_id: id, specific_port: specificPort }),
    );
    if (!answer.success || answer.port === 0)
      throw new WireError('PEER_REFUSED', answer.error_message ?? 'the orchestrator gave no port');
    return answer.port;
  }

  async close(): Promise<void> {
    await this.#channel.close();
  }

  #connection(type: ServiceType, connectionId: string, info: JsonObject): ServiceConnection {
    const call = (operation: string, params: JsonValue, options?: ServiceCallOptions) =>
      this.#operate(type, connectionId, operation, params, options ?? {});
    let closing: Promise<void> | undefined;
    return {
      info,
      typedValues: this.extensions,
      call,
      close: () =>
        (closing ??= call('close', {}, { timeoutMs: 2_000 }).then(
          () => undefined,
          (error: unknown) => this.#logger.debug('closing a service connection failed', { error }),
        )),
    };
  }

  async #operate(
    type: ServiceType,
    connectionId: string,
    operation: string,
    params: JsonValue,
    options: ServiceCallOptions,
  ): Promise<JsonValue> {
    const what = `${describeService(type)} ${operation}`;
    const call = { ...options, timeoutMs: options.timeoutMs ?? this.#callTimeoutMs };
    const message = {
      op: 'service_operation',
      connection_id: connectionId,
      service_type: type,
      operation,
      params,
    } as const;
    const id = randomUUID();
    const answer = this.extensions
      ? await this.#results.start(id, what, call, () => this.#send({ ...message, request_id: id }))
      : await this.#plainResults.call(connectionId, what, call, () => this.#send(message));
    if (!answer.success) throw decodeError(type, answer);
    return answer.result;
  }

  #send(message: ModuleMessage): void {
    this.#channel.send(encodeMessage(message, { extensions: this.extensions, nonce: this.init.ext?.nonce }));
  }

  #receive(line: string): void {
    const decoded = decodeOrchestratorLine(line);
    switch (decoded.kind) {
      case 'message':
        return this.#dispatch(decoded.message);
      case 'unknown':
        return this.#logger.warn('a message with an unknown op was skipped', { op: decoded.op });
      case 'malformed':
        return this.#logger.warn('a malformed line was skipped', { reason: decoded.reason, bytes: line.length });
    }
  }

  #dispatch(message: OrchestratorMessage): void {
    switch (message.op) {
      case 'secret':
        return this.#answered(message.op, this.#resolveSecret(message));
      case 'service_response':
        return this.#answered(message.op, this.#services.resolve(message.id, message));
      case 'service_operation_result':
        return this.#answered(message.op, this.#resolveResult(message));
      case 'port_response':
        return this.#answered(message.op, this.#ports.resolve(message.request_id, message));
      case 'heartbeat':
        return this.#send({ op: 'heartbeat_ack', ...(message.seq === undefined ? {} : { seq: message.seq }) });
      case 'init':
        return this.#logger.warn('a second init line was ignored');
      case 'http_request':
      case 'rotated':
      case 'shutdown':
        if (this.#handlers) return this.#handle(message, this.#handlers);
        if (this.#early.push(message) > maxEarly) this.#early.shift();
    }
  }

  #handle(message: HttpRequestMessage | RotatedMessage | ShutdownMessage, handlers: ModuleSessionHandlers): void {
    switch (message.op) {
      case 'shutdown':
        return handlers.shutdown(message);
      case 'rotated':
        return this.#reply(
          handlers.rotated(message).then(
            () => ({ op: 'rotation_ack', rotation_id: message.rotation_id, status: 'success' }),
            (error: unknown) => ({
              op: 'rotation_ack',
              rotation_id: message.rotation_id,
              status: 'error',
              message: this.#redact(messageOf(error)),
            }),
          ),
        );
      case 'http_request':
        return this.#reply(
          handlers.http(message).then(
            (response) => ({ op: 'http_response', request_id: message.request_id, ...response }),
            (error: unknown) => {
              this.#logger.error('a request over the wire failed', { error, uri: message.uri });
              return { op: 'http_response', request_id: message.request_id, status_code: 500, headers: {}, body: null };
            },
          ),
        );
    }
  }

  #reply(answer: Promise<ModuleMessage>): void {
    answer
      .then((message) => this.#send(message))
      .catch((error: unknown) => this.#logger.warn('an answer could not be sent', { error }));
  }

  #resolveSecret(message: SecretMessage): boolean {
    return message.request_id === undefined
      ? this.#plainSecrets.resolve(message.name, message)
      : this.#secrets.resolve(message.request_id, message);
  }

  #resolveResult(message: ServiceResultMessage): boolean {
    if (message.request_id !== undefined) return this.#results.resolve(message.request_id, message);
    return this.#plainResults.resolve(message.connection_id, message);
  }

  #answered(op: string, wasExpected: boolean): void {
    if (!wasExpected) this.#logger.debug('an answer nobody waits for was dropped', { op });
  }

  #ended(end: ChannelEnd): void {
    this.#end = end;
    const gone = new WireError('CHANNEL_CLOSED', `the orchestrator is gone (${describeEnd(end)})`, { retryable: true });
    for (const table of [
      this.#secrets,
      this.#plainSecrets,
      this.#services,
      this.#results,
      this.#plainResults,
      this.#ports,
    ])
      table.failAll(gone);
    this.#handlers?.ended(end);
  }
}

/** Requests that came before the module could serve them; the oldest are dropped beyond this. */
const maxEarly = 1_000;

const idPrefix = { Database: 'db', Cache: 'cache', Jwt: 'jwt' } as const;

function describeService(type: ServiceType): string {
  return typeof type === 'string' ? type.toLowerCase() : type.Custom;
}

function noInit(reason: string): BootError {
  return new BootError(
    'INIT_TIMEOUT',
    `PYWATT_MODULE_ID is set, so this module expects an orchestrator on standard input, but ${reason}. ` +
      'Start it with `pywatt run`, or unset PYWATT_MODULE_ID (or set PYWATT_ENVIRONMENT=direct) to run it by itself.',
  );
}
