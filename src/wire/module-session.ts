import { BootError, Deferred, type Logger, WireError, withDeadline } from '../foundation/index.js';
import type { Channel, ChannelEnd } from './channel.js';
import { describeEnd } from './channels/stream-channel.js';
import { decodeInitLine, decodeOrchestratorLine } from './decode.js';
import { type Agreement, agreementWith } from './extensions.js';
import { HeartbeatAnswers } from './heartbeat-answers.js';
import { heartbeatSettings } from './heartbeat-settings.js';
import { Heartbeats } from './heartbeats.js';
import type { Endpoint, InitMessage, ModuleMessage, OrchestratorMessage } from './messages.js';
import { chunkWithin, defaultWireLimits, initLineProblem, type WireLimits } from './limits.js';
import type { Liveness } from './liveness.js';
import { logLiveness } from './log-liveness.js';
import { ModuleCalls, type SecretReply } from './module-calls.js';
import { ModuleSender } from './module-sender.js';
import { type OrchestratorRequestHandlers, OrchestratorRequests, type Reply } from './orchestrator-requests.js';
import { PendingAnswers } from './pending-answers.js';
import type { ServiceCallOptions, ServiceConnection, ServiceType } from './service.js';
import { isStreamMessage } from './stream-messages.js';
import { StreamTable } from './streams/stream-table.js';
import { whenAnswered } from './when-answered.js';

/** What the module does with messages that are not answers. */
export interface ModuleSessionHandlers extends OrchestratorRequestHandlers {
  ended(end: ChannelEnd): void;
  /** The channel is open, but the orchestrator has left all our heartbeats unanswered. */
  silent?(missed: number): void;
  /** What `routed` serves: the operations by service. */
  readonly serves?: Readonly<Record<string, readonly string[]>>;
}

export interface ModuleSessionOptions {
  readonly logger: Logger;
  readonly initTimeoutMs?: number;
  /** Deadline of a call that names none. Default 30 s. */
  readonly callTimeoutMs?: number;
  readonly redact?: (text: string) => string;
  readonly limits?: Partial<WireLimits>;
}

const answerGraceMs = 1_000;

/**
 * The module's end of the wire. Opened by the init line; correlates answers, many calls at once with a peer that
 * echoes our correlation id, one at a time where a plain peer's answers cannot be told apart.
 */
export class ModuleSession {
  readonly init: InitMessage;
  readonly #sender: ModuleSender;
  readonly #logger: Logger;
  readonly #agreement: Agreement;
  readonly #calls: ModuleCalls;
  readonly #asked: OrchestratorRequests;
  readonly #streams: StreamTable;
  readonly #answers = new PendingAnswers();
  #handlers: ModuleSessionHandlers | undefined;
  #end: ChannelEnd | undefined;
  readonly #heartbeats: Heartbeats;
  readonly #heartbeatAnswers: HeartbeatAnswers;

  private constructor(init: InitMessage, channel: Channel, options: ModuleSessionOptions) {
    this.init = init;
    this.#agreement = agreementWith(init.ext);
    this.#sender = new ModuleSender(init, this.#agreement, channel);
    this.#logger = options.logger;
    const { logger, limits, redact = (text: string) => text, callTimeoutMs = 30_000 } = options;
    const send = (message: ModuleMessage) => this.#sender.send(message);
    const agreement = this.#agreement;
    const maxMessageBytes = init.ext?.limits?.message_bytes ?? defaultWireLimits.maxLineBytes;
    this.#calls = new ModuleCalls({ send, agreement, logger, callTimeoutMs, maxMessageBytes });
    this.#streams = new StreamTable({ send, queue: channel, redact, limits: { ...limits, ...this.#chunks(limits) } });
    this.#asked = new OrchestratorRequests({
      agreement,
      answer: (answer, failure, reply) => this.#answer(answer, failure, reply),
      redact,
      logger,
    });
    this.#heartbeats = new Heartbeats({ send });
    this.#heartbeatAnswers = new HeartbeatAnswers({ tellsLag: this.extensions });
  }

  /** Chunks of streams shall fit into a message. */
  #chunks({ streamChunkBytes = defaultWireLimits.streamChunkBytes }: Partial<WireLimits> = {}): Partial<WireLimits> {
    const messageBytes = this.init.ext?.limits?.message_bytes;
    return messageBytes === undefined ? {} : { streamChunkBytes: chunkWithin(messageBytes, streamChunkBytes) };
  }

  /** For long bodies; undefined with an orchestrator that has no streams. */
  get streams(): StreamTable | undefined {
    return this.#agreement.has('streams') ? this.#streams : undefined;
  }

  /** Waits for the init line; INIT_TIMEOUT when none came in time (default 10 s). The caller closes the session. */
  static async open(channel: Channel, options: ModuleSessionOptions): Promise<ModuleSession> {
    const opened = new Deferred<ModuleSession>();
    let session: ModuleSession | undefined;
    let refusal: string | undefined;
    const skipped = () => (refusal === undefined ? '' : `, only a line that is none (${refusal})`);
    channel.start({
      onLine: (line, bytes) => {
        if (session) return session.#receive(line, bytes);
        const problem = initLineProblem(line, options.limits);
        if (problem) return opened.reject(noInit(problem.message));
        const decoded = decodeInitLine(line);
        if (decoded.kind === 'message') {
          session = new ModuleSession(decoded.message, channel, options);
          session.#greet();
          opened.resolve(session);
        } else {
          refusal = decoded.kind === 'malformed' ? decoded.reason : `unknown op '${decoded.op}'`;
          options.logger.warn('a line before init was skipped', { bytes: line.length, reason: refusal });
        }
      },
      onBadLine: (error) => options.logger.warn('a line from the orchestrator was dropped', { error }),
      onEnd: (end) => {
        opened.reject(noInit(`the channel ended before the init line came (${describeEnd(end)})${skipped()}`));
        if (session && session.#sender.channel === channel) session.#ended(end);
      },
    });
    const timeoutMs = options.initTimeoutMs ?? 10_000;
    return withDeadline(opened.promise, timeoutMs, () =>
      noInit(`no init line came within ${timeoutMs} ms${skipped()}`),
    );
  }

  /** Carries the session on over another channel of our own; what still comes in on the one before it counts too. */
  moveTo(channel: Channel): void {
    this.#sender.moveTo(channel);
    this.#streams.moveTo(channel);
    channel.start({
      onLine: (line, bytes) => this.#receive(line, bytes),
      onBadLine: (error) => this.#logger.warn('a message from the orchestrator was dropped', { error }),
      onEnd: (end) => this.#ended(end),
    });
    this.#greet();
  }

  /** True when the orchestrator offered our extensions. */
  get extensions(): boolean {
    return this.#agreement.version > 0;
  }

  /** Begins delivery of requests; what came before is delivered first. */
  serve(handlers: ModuleSessionHandlers): void {
    this.#handlers = handlers;
    this.#asked.serve(handlers);
    if (this.#end) handlers.ended(this.#end);
  }

  announce(listen: string, endpoints: readonly Endpoint[]): void {
    const serves = this.#agreement.has('routes') ? this.#handlers?.serves : undefined;
    this.#sender.send({ op: 'announce', listen, endpoints, ...this.#agreement.acceptance, ...(serves && { serves }) });
    this.watchOrchestrator();
  }

  /** Sends heartbeats where that was agreed, as `announce` does; again after `unwatchOrchestrator` or `silent`. */
  watchOrchestrator(): void {
    if (!this.#agreement.has('beat')) return;
    const settings = heartbeatSettings(this.init.heartbeat);
    this.#heartbeats.watch({ settings, mustAnswer: true, onChange: (liveness) => this.#livenessChanged(liveness) });
  }

  /** Sends no heartbeats: nobody can answer them at present. */
  unwatchOrchestrator(): void {
    this.#heartbeats.stop();
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

  /** Lets the answers that are on their way leave (at most 1 s), then closes the channel. */
  async close(): Promise<void> {
    if (!this.#end) await this.#answers.settle(answerGraceMs);
    await this.#sender.channel.close();
  }

  #receive(line: string, bytes?: Buffer): void {
    const decoded = decodeOrchestratorLine(line, this.extensions ? 'fast' : 'exact', bytes);
    switch (decoded.kind) {
      case 'message':
        return this.hear(decoded.message);
      case 'unknown':
        return this.#logger.warn('a message with an unknown op was skipped', { op: decoded.op });
      case 'malformed':
        return this.#logger.warn('a malformed line was skipped', { reason: decoded.reason, bytes: line.length });
    }
  }

  /**
   * Shows the nonce at once: from then on nothing that other code prints on our stdout can pass for a message. What is
   * agreed stands in it, so that it holds from the first line on. On a channel of our own it says where the module is.
   */
  #greet(): void {
    if (this.init.ext?.nonce !== undefined)
      this.#answer(Promise.resolve({ op: 'heartbeat_ack', ...this.#agreement.acceptance }));
  }

  #livenessChanged(liveness: Liveness): void {
    logLiveness(this.#logger, 'the orchestrator', liveness);
    if (liveness.kind === 'dead') this.#handlers?.silent?.(liveness.missed);
  }

  /** Takes a message. One that came on another channel of a plain orchestrator is answered there, with `reply`. */
  hear(message: OrchestratorMessage, reply?: Reply): void {
    try {
      this.#dispatch(message, reply);
    } catch (error) {
      this.#logger.error('a message from the orchestrator could not be handled', { op: message.op, error });
    }
  }

  #dispatch(message: OrchestratorMessage, reply: Reply | undefined): void {
    if (isStreamMessage(message)) return this.#streams.accept(message);
    switch (message.op) {
      case 'secret':
      case 'service_response':
      case 'service_operation_result':
      case 'port_response':
        if (this.#calls.accept(message)) return;
        return this.#logger.debug('an answer nobody waits for was dropped', { op: message.op });
      case 'heartbeat':
        return this.#answer(Promise.resolve(this.#heartbeatAnswers.answer(message)), undefined, reply);
      case 'heartbeat_ack':
        return this.#heartbeats.acknowledged(message);
      case 'init':
        return this.#logger.warn('a second init line was ignored');
      case 'register_service_provider_response':
      case 'discover_service_providers_response':
      case 'routed_module_response':
        return this.#logger.warn('a message that nobody here asked for was dropped', { op: message.op });
      case 'routed_module_message':
        if (!this.#agreement.has('routes'))
          return this.#logger.warn('a message of another module was dropped: it cannot be answered');
        return this.#asked.take(message);
      case 'http_request':
      case 'rotated':
      case 'shutdown':
        return this.#asked.take(message, reply);
      case 'cancel':
        return this.#asked.cancel(message.request_id);
    }
  }

  /** `failure` stands in for an answer that cannot be sent, being too long or no JSON: nobody shall wait in vain. */
  #answer(
    answer: Promise<ModuleMessage | undefined>,
    failure?: (error: unknown) => ModuleMessage,
    reply: Reply = (message) => this.#sender.send(message),
  ): void {
    const sent = whenAnswered(
      answer,
      (message) => {
        if (message !== undefined) reply(message);
      },
      (error) => {
        if (failure === undefined || this.#end) throw error;
        reply(failure(error));
      },
      (error) => this.#logger.warn('an answer could not be sent', { error }),
    );
    this.#answers.track(sent);
  }

  #ended(end: ChannelEnd): void {
    this.#end = end;
    this.#heartbeats.stop();
    this.#heartbeatAnswers.stop();
    const gone = new WireError('CHANNEL_CLOSED', `the orchestrator is gone (${describeEnd(end)})`, { retryable: true });
    this.#calls.failAll(gone);
    this.#asked.abortAll(gone);
    this.#streams.failAll(gone);
    this.#handlers?.ended(end);
  }
}

function noInit(reason: string): BootError {
  return new BootError(
    'INIT_TIMEOUT',
    `this module expects an orchestrator on standard input, but ${reason}. ` +
      'Start it with `pywatt run`, or unset PYWATT_MODULE_ID (or set PYWATT_ENVIRONMENT=direct) to run it by itself.',
  );
}
