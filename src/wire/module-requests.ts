import { type Logger, WireError } from '../foundation/index.js';
import { CallsUnderWay, type CallUnderWay } from './calls-under-way.js';
import type { Agreement } from './extensions.js';
import type { WireJson } from './json/wire-json.js';
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
import { lostAnswer } from './lost-answer.js';
import { portAnswer, portFailure } from './port-answer.js';
import { contentOf } from './routed-payload.js';
import { routeAnswer, routeFailure } from './route-answer.js';
import { refusalOf } from './refusal.js';
import { secretAnswer, secretFailure } from './secret-answer.js';
import { nameIn, type OpenedConnection, ServedConnections } from './served-connections.js';
import type { ServiceConnection, ServiceType } from './service.js';
import type { OpenPipe } from './pipe.js';
import type { CallEnd, WireObserver } from './wire-observer.js';
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
  /** A call of what another module serves, by a peer that names that module. Left out where there are none. */
  readonly route?: (target: RouteTarget, params: WireJson, call?: CallUnderWay) => Promise<WireJson>;
}

export interface RouteTarget {
  readonly moduleId: string;
  /** `service/operation`. */
  readonly endpoint: string;
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

/** How requests of one kind are done and answered. */
interface Work<M extends { readonly deadline_ms?: number }, T> {
  does(message: M, call: CallUnderWay | undefined): Promise<T>;
  answers(message: M, result: T): OrchestratorMessage;
  /** When it was not done, or its answer cannot be sent: nobody shall wait in vain. */
  fails(message: M, error: unknown): OrchestratorMessage;
}

/** The orchestrator's work on what one module asks of it, and the service connections the module holds. */
export class ModuleRequests {
  readonly #options: ModuleRequestsOptions;
  readonly #served: ServedConnections;
  readonly #calls = new CallsUnderWay();
  // Made once: what most of all calls are shall not cost functions of its own.
  readonly #operations: Work<ServiceOperationMessage, WireJson>;
  readonly #openings: Work<ServiceRequestMessage, OpenedConnection>;
  readonly #secrets: Work<GetSecretMessage, { value: string; version?: string }>;
  readonly #ports: Work<PortRequestMessage, number>;
  readonly #routes: Work<RouteMessage, WireJson>;

  constructor(options: ModuleRequestsOptions) {
    this.#options = options;
    const { handlers, redact } = options;
    const served = (this.#served = new ServedConnections(options));
    this.#operations = {
      does: (message, call) => served.operate(message, call),
      answers: (message, result) => served.success(message, result),
      fails: (message, error) => served.failure(message, error),
    };
    this.#openings = {
      does: ({ service_type, config }, call) => served.open(() => this.#open(service_type, config), call),
      answers: (message, opened) => served.opened(message, opened),
      fails: (message, error) => served.refused(message, error),
    };
    this.#secrets = {
      does: async (message) => handlers.getSecret(message),
      answers: secretAnswer,
      fails: (message, error) => secretFailure(message, error, redact),
    };
    this.#ports = {
      does: async ({ specific_port }, call) => handlers.requestPort(specific_port, call?.signal),
      answers: portAnswer,
      fails: (message, error) => portFailure(message, error, redact),
    };
    this.#routes = {
      does: async ({ target_module_id: moduleId, target_endpoint: endpoint, payload }, call) =>
        routed(handlers)({ moduleId, endpoint }, contentOf(payload), call),
      answers: routeAnswer,
      fails: (message, error) => routeFailure(message, error, redact),
    };
  }

  /** Does what is asked and sends the answer, unless the module cancels it meanwhile. */
  answer(message: ModuleRequest): void {
    const { observer, send } = this.#options;
    switch (message.op) {
      case 'get_secret':
        return this.#answer(message, message.request_id, this.#secrets, observer?.called('secret', 'get'));
      case 'port_request':
        return this.#answer(message, message.request_id, this.#ports, observer?.called('port', 'request'));
      case 'service_request':
        return this.#answer(message, message.id, this.#openings, observer?.called(message.service_type, 'open'));
      case 'service_operation': {
        const end = observer?.called(message.service_type, message.operation);
        return this.#answer(message, message.request_id, this.#operations, end);
      }
      case 'route_to_module':
        return this.#answer(message, message.request_id, this.#routes, observer?.called('route', 'call'), true);
      case 'register_service_provider':
      case 'discover_service_providers':
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

  /**
   * Under the id that the module may cancel, and by the deadline it named; a peer that agreed to neither has none.
   * Without a promise that is not needed, since this is done for every call.
   */
  #answer<M extends { readonly deadline_ms?: number }, T>(
    message: M,
    id: string | undefined,
    work: Work<M, T>,
    end: CallEnd | undefined,
    isTracked = this.#tracksCalls,
  ): void {
    const { send, logger } = this.#options;
    const call =
      id !== undefined && isTracked ? this.#calls.begin(id, this.#keptDeadline(message.deadline_ms)) : undefined;
    let isOver = false;
    const over = (succeeded: boolean) => {
      isOver = true;
      if (call) this.#calls.end(call);
      end?.(succeeded && call?.isCancelled !== true);
    };
    void whenAnswered(
      work.does(message, call),
      (result) => {
        over(true);
        if (call?.isCancelled !== true) send(work.answers(message, result));
      },
      (error) => {
        const reason = isOver ? lostAnswer(error) : error;
        if (!isOver) over(false);
        if (call?.isCancelled !== true) send(work.fails(message, reason));
      },
      (error) => logger.debug('an answer could not be sent', { error }),
    );
  }

  #open(type: ServiceType, config: WireJson): Promise<ServiceConnection> {
    const { handlers, agreement, openPipe } = this.#options;
    return handlers.openService(type, nameIn(config), config, agreement().has('types'), openPipe());
  }

  get #tracksCalls(): boolean {
    const agreement = this.#options.agreement();
    return agreement.has('cancel') || agreement.has('deadline');
  }

  #keptDeadline(deadlineMs: number | undefined): number | undefined {
    return this.#options.agreement().has('deadline') ? deadlineMs : undefined;
  }
}

function routed({ route }: ModuleRequestHandlers): NonNullable<ModuleRequestHandlers['route']> {
  if (route) return route;
  throw new WireError('PEER_REFUSED', 'there are no other modules here');
}
