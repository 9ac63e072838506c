import { type Logger, WireError } from '../foundation/index.js';
import { CallsUnderWay, type CallUnderWay } from './calls-under-way.js';
import type { Agreement } from './extensions.js';
import { isWireObject, type WireJson } from './json/wire-json.js';
import type {
  DiscoverMessage,
  GetSecretMessage,
  OrchestratorMessage,
  PortRequestMessage,
  RegisterMessage,
  RouteMessage,
  ServiceOperationMessage,
  ServiceRequestMessage,
} from './messages.js';
import { portAnswer } from './port-answer.js';
import { refusalOf } from './refusal.js';
import { secretAnswer, secretFailure } from './secret-answer.js';
import { ServedConnections } from './served-connections.js';
import type { ServiceConnection, ServiceType } from './service.js';
import type { OpenPipe } from './pipe.js';
import { type CallEnd, isSuccess, type WireObserver } from './wire-observer.js';
import { whenAnswered } from './when-answered.js';

/** What the orchestrator does for a module that asks. Rejections travel back as the answer's error. */
export interface ModuleRequestHandlers {
  getSecret(request: GetSecretMessage): Promise<{ value: string; version?: string }>;
  /** `openPipe` opens pipes that operations of the connection name; absent for a peer without streams. */
  openService(
    type: ServiceType,
    name: string,
    config: WireJson,
    typedValues: boolean,
    openPipe?: OpenPipe,
  ): Promise<ServiceConnection>;
  requestPort(specific: number | null, signal?: AbortSignal): Promise<number>;
}

export interface ModuleRequestsOptions {
  readonly handlers: ModuleRequestHandlers;
  readonly send: (message: OrchestratorMessage) => void;
  readonly agreement: () => Agreement;
  readonly redact: (text: string) => string;
  readonly logger: Logger;
  readonly observer: WireObserver | undefined;
  /** Of a session that agreed on streams. */
  readonly openPipe: () => OpenPipe | undefined;
}

/** Messages of a module that are answered. */
export type ModuleRequest =
  | GetSecretMessage
  | PortRequestMessage
  | ServiceRequestMessage
  | ServiceOperationMessage
  | RegisterMessage
  | DiscoverMessage
  | RouteMessage;

/** The orchestrator's work on what one module asks of it, and the service connections the module holds. */
export class ModuleRequests {
  readonly #options: ModuleRequestsOptions;
  readonly #served: ServedConnections;
  readonly #calls = new CallsUnderWay();

  constructor(options: ModuleRequestsOptions) {
    this.#options = options;
    this.#served = new ServedConnections(options);
  }

  /** Does what is asked and sends the answer, unless the module cancels it meanwhile. */
  answer(message: ModuleRequest): void {
    const { handlers, observer, redact, send } = this.#options;
    switch (message.op) {
      case 'get_secret':
        return this.#answer(
          this.#run(message.request_id, message.deadline_ms, () => secretAnswer(message, handlers, redact)),
          observer?.called('secret', 'get'),
          (error) => secretFailure(message, error, redact),
        );
      case 'port_request':
        return this.#answer(
          this.#run(message.request_id, message.deadline_ms, (call) => portAnswer(message, handlers, redact, call)),
          observer?.called('port', 'request'),
        );
      case 'service_request':
        return this.#answer(
          this.#run(message.id, message.deadline_ms, (call) => this.#open(message, call)),
          observer?.called(message.service_type, 'open'),
        );
      case 'service_operation':
        return this.#operate(message);
      case 'register_service_provider':
      case 'discover_service_providers':
      case 'route_to_module':
        return send(refusalOf(message));
    }
  }

  /** The module does not wait for that call any more. What has been answered already is none of its calls. */
  cancel(id: string): void {
    this.#calls.cancel(id);
  }

  /** Ends what is under way and closes every connection, which rolls back what was open. */
  async close(): Promise<void> {
    this.#calls.abortAll(
      new WireError('CHANNEL_CLOSED', 'the session with this module has ended', { retryable: true }),
    );
    await this.#served.close();
  }

  /** What most of all calls are: without a promise that is not needed. */
  #operate(message: ServiceOperationMessage): void {
    const { observer, send, logger } = this.#options;
    const { request_id: id, deadline_ms: deadlineMs } = message;
    const end = observer?.called(message.service_type, message.operation);
    const call =
      id !== undefined && this.#tracksCalls ? this.#calls.begin(id, this.#keptDeadline(deadlineMs)) : undefined;
    let isAnswered = false;
    const answered = (succeeded: boolean) => {
      if (isAnswered) return;
      isAnswered = true;
      if (call) this.#calls.end(call);
      end?.(succeeded && call?.isCancelled !== true);
    };
    void whenAnswered(
      this.#served.operate(message, call),
      (result) => {
        answered(true);
        if (call?.isCancelled !== true) send(this.#served.success(message, result));
      },
      (error) => {
        answered(false);
        if (call?.isCancelled !== true) send(this.#served.failure(message, error));
      },
      (error) => logger.debug('an answer could not be sent', { error }),
    );
  }

  #open(message: ServiceRequestMessage, call: CallUnderWay | undefined): Promise<OrchestratorMessage> {
    const { handlers, agreement } = this.#options;
    const { service_type: type, config } = message;
    const { openPipe } = this.#options;
    const open = () => handlers.openService(type, nameIn(config), config, agreement().has('types'), openPipe());
    return this.#served.open(message, open, call);
  }

  /** Under the id that the module may cancel, and by the deadline it named; a peer that agreed to neither has none. */
  #run<T>(
    id: string | undefined,
    deadlineMs: number | undefined,
    work: (call: CallUnderWay | undefined) => Promise<T>,
  ): Promise<T | undefined> {
    if (id === undefined || !this.#tracksCalls) return work(undefined);
    return this.#calls.run(id, this.#keptDeadline(deadlineMs), work);
  }

  get #tracksCalls(): boolean {
    const agreement = this.#options.agreement();
    return agreement.has('cancel') || agreement.has('deadline');
  }

  #keptDeadline(deadlineMs: number | undefined): number | undefined {
    return this.#options.agreement().has('deadline') ? deadlineMs : undefined;
  }

  /** `failure` stands in for an answer that cannot be sent, being too long or no JSON: nobody shall wait in vain. */
  #answer(
    answer: Promise<OrchestratorMessage | undefined>,
    end?: CallEnd,
    failure?: (error: unknown) => OrchestratorMessage,
  ): void {
    const { send, logger } = this.#options;
    void whenAnswered(
      answer,
      (message) => {
        end?.(message !== undefined && isSuccess(message));
        if (message !== undefined) send(message);
      },
      (error) => {
        if (failure === undefined) throw error;
        send(failure(error));
      },
      (error) => logger.debug('an answer could not be sent', { error }),
    );
  }
}

function nameIn(config: WireJson): string {
  const name = isWireObject(config) ? config['name'] : undefined;
  return typeof name === 'string' && name !== '' ? name : 'default';
}
