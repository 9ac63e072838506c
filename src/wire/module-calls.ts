import { type JsonObject, type Logger, WireError } from '../foundation/index.js';
import { CallTable } from './call-table.js';
import { decodeError } from './error-frame.js';
import { type Agreement, deadlineOf } from './extensions.js';
import type { WireJson } from './json/wire-json.js';
import type {
  ModuleMessage,
  PortResponseMessage,
  SecretMessage,
  ServiceResponseMessage,
  ServiceResultMessage,
} from './messages.js';
import { PlainCalls } from './plain-calls.js';
import { plainServiceConfig } from './service-config.js';
import type { ServiceCallOptions, ServiceConnection, ServiceType } from './service.js';

/** How long the protocol gives a plain orchestrator for one secret. */
const plainSecretMs = 5_000;

export interface ModuleCallsOptions {
  readonly send: (message: ModuleMessage) => void;
  /** What the peer may be sent: without correlation ids its answers are told apart by their order. */
  readonly agreement: Agreement;
  readonly logger: Logger;
  /** Deadline of a call that names none. */
  readonly callTimeoutMs: number;
  /** The longest message that the peer takes. */
  readonly maxMessageBytes: number;
}

export interface SecretReply {
  readonly value: string;
  readonly version?: string;
}

/** Messages that answer a call of the module. */
export type AnswerMessage = SecretMessage | ServiceResponseMessage | ServiceResultMessage | PortResponseMessage;

/** What a module asks of its orchestrator, and the answers it waits for. */
export class ModuleCalls {
  readonly #options: ModuleCallsOptions;
  readonly #secrets: CallTable<SecretMessage>;
  readonly #plainSecrets = new PlainCalls<SecretMessage>({
    afterMs: plainSecretMs,
    answer: (name) => this.#noAnswer(name),
  });
  readonly #services: CallTable<ServiceResponseMessage>;
  readonly #results: CallTable<WireJson, Operation>;
  readonly #plainResults = new PlainCalls<ServiceResultMessage>();
  readonly #ports: CallTable<PortResponseMessage>;
  #lastCall = 0;

  constructor(options: ModuleCallsOptions) {
    this.#options = options;
    const tell = (id: string) => this.#cancel(id);
    this.#secrets = new CallTable({ tell });
    this.#services = new CallTable({ tell, undo: (answer) => this.#closeUnused(answer) });
    this.#results = new CallTable({ tell });
    this.#ports = new CallTable({ tell });
  }

  async getSecret(
    name: string,
    options: { rotationId?: string; timeoutMs?: number } = {},
  ): Promise<SecretReply | undefined> {
    const answer = await this.#askSecret(name, options.rotationId, options.timeoutMs ?? 5_000);
    if (answer.found !== false) {
      return { value: answer.value, ...(answer.version === undefined ? {} : { version: answer.version }) };
    }
    const code = answer.error_code ?? 'SECRET_NOT_FOUND';
    if (code === 'SECRET_NOT_FOUND') return undefined;
    const message = answer.error ?? `the orchestrator refused secret '${name}'`;
    throw new WireError('PEER_REFUSED', message, { details: { code } });
  }

  async openService(
    type: ServiceType,
    name: string,
    timeoutMs = this.#options.callTimeoutMs,
  ): Promise<ServiceConnection> {
    const id = `${typeof type === 'string' ? idPrefix[type] : 'service'}_request_${crypto.randomUUID()}`;
    const { agreement, send } = this.#options;
    const config = agreement.version > 0 ? { name } : plainServiceConfig(type, name);
    const what = `opening ${describeService(type)} '${name}'`;
    const request = {
      op: 'service_request',
      id,
      service_type: type,
      config,
      ...deadlineOf(agreement, timeoutMs),
    } as const;
    const answer = await this.#services.start(id, what, { timeoutMs }, () => send(request));
    if (!answer.success) throw decodeError(type, answer);
    if (answer.connection_id === null) {
      throw new WireError('MESSAGE_INVALID', `service_response for '${name}' has no connection_id`);
    }
    return this.#connection(type, answer.connection_id, answer.info ?? {});
  }

  async requestPort(specificPort: number | null, options: ServiceCallOptions = {}): Promise<number> {
    const id = crypto.randomUUID();
    const call = { ...options, timeoutMs: options.timeoutMs ?? this.#options.callTimeoutMs };
    const { send, agreement } = this.#options;
    const deadline = deadlineOf(agreement, call.timeoutMs);
    const ask = () => send({ op: 'port_request', request_id: id, specific_port: specificPort, ...deadline });
    const answer = await this.#ports.start(id, 'port request', call, ask);
    if (answer.success && answer.port !== 0) return answer.port;
    throw new WireError('PEER_REFUSED', answer.error_message ?? 'the orchestrator gave no port');
  }

  /** Hands an answer to the call that waits for it; false when none does. */
  accept(answer: AnswerMessage): boolean {
    switch (answer.op) {
      case 'secret':
        return answer.request_id === undefined
          ? this.#plainSecrets.resolve(answer.name, answer)
          : this.#secrets.resolve(answer.request_id, answer);
      case 'service_response':
        return this.#services.resolve(answer.id, answer);
      case 'service_operation_result':
        if (answer.request_id === undefined) return this.#plainResults.resolve(answer.connection_id, answer);
        if (answer.success) return this.#results.resolve(answer.request_id, answer.result);
        return this.#results.reject(answer.request_id, ({ type }) => decodeError(type, answer));
      case 'port_response':
        return this.#ports.resolve(answer.request_id, answer);
    }
  }

  /** Fails every waiting call, and each later one. */
  failAll(error: Error): void {
    const tables = [this.#secrets, this.#plainSecrets, this.#services, this.#results, this.#plainResults, this.#ports];
    for (const table of tables) table.failAll(error);
  }

  /** The plain protocol has no way to say that a secret does not exist: who does not know it stays silent. */
  #noAnswer(name: string): SecretMessage {
    this.#options.logger.warn('the orchestrator did not answer for a secret; it is taken as missing', {
      name,
      waitedMs: plainSecretMs,
    });
    return { op: 'secret', name, value: '', found: false };
  }

  #askSecret(name: string, rotationId: string | undefined, timeoutMs: number): Promise<SecretMessage> {
    const { send, agreement } = this.#options;
    const what = `secret '${name}'`;
    const rotation = rotationId === undefined || agreement.version === 0 ? {} : { rotation_id: rotationId };
    const request = { op: 'get_secret', name, ...rotation, ...deadlineOf(agreement, timeoutMs) } as const;
    if (!agreement.has('corr')) return this.#plainSecrets.call(name, what, { timeoutMs }, () => send(request));
    const id = crypto.randomUUID();
    return this.#secrets.start(id, what, { timeoutMs }, () => send({ ...request, request_id: id }));
  }

  /** Tells a peer that agreed to it that nobody waits for that call any more. */
  #cancel(id: string): boolean {
    const { agreement, send } = this.#options;
    if (!agreement.has('cancel')) return false;
    send({ op: 'cancel', request_id: id });
    return true;
  }

  /** What was opened for nobody is closed. */
  #closeUnused({ service_type, connection_id }: ServiceResponseMessage): void {
    if (connection_id !== null) void this.#connection(service_type, connection_id, {}).close();
  }

  #connection(type: ServiceType, connectionId: string, info: JsonObject): ServiceConnection {
    const call = (operation: string, params: WireJson, options: ServiceCallOptions = {}) =>
      this.#operate(type, connectionId, operation, params, options);
    const sendClose = async () => {
      try {
        await call('close', {}, { timeoutMs: 2_000 });
      } catch (error) {
        this.#options.logger.debug('closing a service connection failed', { error });
      }
    };
    let closing: Promise<void> | undefined;
    const { agreement, maxMessageBytes } = this.#options;
    return { info, typedValues: agreement.has('types'), maxMessageBytes, call, close: () => (closing ??= sendClose()) };
  }

  /** What most of all calls are: without a promise or a copy that is not needed. */
  #operate(
    type: ServiceType,
    connectionId: string,
    operation: string,
    params: WireJson,
    options: ServiceCallOptions,
  ): Promise<WireJson> {
    const { send, agreement, callTimeoutMs } = this.#options;
    const call = { signal: options.signal, timeoutMs: options.timeoutMs ?? callTimeoutMs };
    if (!agreement.has('corr')) return this.#operatePlainly(type, connectionId, operation, params, call);
    // It has to be new to this session alone.
    this.#lastCall += 1;
    const id = String(this.#lastCall);
    return this.#results.start(id, new Operation(type, operation), call, () =>
      send({
        op: 'service_operation',
        connection_id: connectionId,
        service_type: type,
        operation,
        params,
        request_id: id,
        ...deadlineOf(agreement, call.timeoutMs),
      }),
    );
  }

  async #operatePlainly(
    type: ServiceType,
    connectionId: string,
    operation: string,
    params: WireJson,
    call: ServiceCallOptions & { timeoutMs: number },
  ): Promise<WireJson> {
    const message = {
      op: 'service_operation',
      connection_id: connectionId,
      service_type: type,
      operation,
      params,
    } as const;
    const what = String(new Operation(type, operation));
    const answer = await this.#plainResults.call(connectionId, what, call, () =>
      this.#options.send({ ...message, ...deadlineOf(this.#options.agreement, call.timeoutMs) }),
    );
    if (!answer.success) throw decodeError(type, answer);
    return answer.result;
  }
}

class Operation {
  constructor(
    readonly type: ServiceType,
    private readonly operation: string,
  ) {}

  toString(): string {
    return `${describeService(this.type)} ${this.operation}`;
  }
}

const idPrefix = { Database: 'db', Cache: 'cache', Jwt: 'jwt' } as const;

function describeService(type: ServiceType): string {
  return typeof type === 'string' ? type.toLowerCase() : type.Custom;
}
