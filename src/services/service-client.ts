import { type Duration, durationMs } from '../foundation/index.js';
import type { ServiceConnection, WireJson } from '../wire/index.js';
import type { Operation, OperationTable } from './operation.js';
import type { OperationCall, ServiceContract } from './service-calls.js';
import { ServiceError, serviceErrorFrom } from './service-error.js';

export interface OperationCallOptions {
  /** How long to wait. Default: until the operation's own timeout has passed, beyond which nobody waits. */
  readonly timeout?: Duration | undefined;
  /** Aborting it ends the wait with ABORTED, and aborts the signal of the implementation, which may go on all the same. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a module calls: every operation is a method. Each rejects with a `ServiceError`, and with a `ValueError` for a
 * malformed timeout. Payloads are copied in both worlds.
 */
export type ServiceClient<O extends OperationTable> = {
  readonly [K in keyof O]: O[K] extends Operation<infer P, infer R>
    ? (params: P, options?: OperationCallOptions) => Promise<R>
    : never;
};

/** A client and how it is ended; after `close` its calls fail with CLOSED, those under way included. */
export interface OpenedClient {
  readonly client: object;
  readonly close: () => Promise<void>;
}

/** The other end gives up first, so that its answer still arrives. */
const answerGraceMs = 2_000;

/** Calls over a connection, whatever is behind it. Owns the connection. */
export function openServiceClient(service: ServiceContract, connection: ServiceConnection): OpenedClient {
  const caller = new ServiceCaller(service, connection);
  const methods = [...service.calls].map(([name, call]) => {
    const method = (params: unknown, options?: OperationCallOptions) => caller.call(name, call, params, options);
    return [name, method] as const;
  });
  return { client: Object.freeze(Object.fromEntries(methods)), close: () => caller.close() };
}

/** Makes a call again, once, when its answer was lost: what ends whoever does it shall not do so for ever. */
async function twice(
  call: (timeoutMs: number) => Promise<WireJson>,
  timeoutMs: number,
  what: string,
): Promise<WireJson> {
  const startedAt = performance.now();
  try {
    return await call(timeoutMs);
  } catch (error) {
    const leftMs = Math.round(timeoutMs - (performance.now() - startedAt));
    if (serviceErrorFrom(error, what).code !== 'OUTCOME_UNKNOWN' || leftMs < 1) throw error;
    return call(leftMs);
  }
}

/** What was done or not may be done again. */
function repeatable(failure: ServiceError): ServiceError {
  if (failure.code !== 'OUTCOME_UNKNOWN') return failure;
  const { message, details, cause } = failure;
  return new ServiceError('CONNECTION', message, { retryable: true, details, cause });
}

class ServiceCaller {
  readonly #service: ServiceContract;
  readonly #connection: ServiceConnection;
  #isClosed = false;

  constructor(service: ServiceContract, connection: ServiceConnection) {
    this.#service = service;
    this.#connection = connection;
  }

  async call(
    name: string,
    call: OperationCall,
    params: unknown,
    { timeout, signal }: OperationCallOptions = {},
  ): Promise<unknown> {
    const what = `service '${this.#service.id}', ${name}`;
    const longestMs = call.timeoutMs + answerGraceMs;
    const timeoutMs = timeout === undefined ? longestMs : Math.min(durationMs(timeout, 'timeout'), longestMs);
    try {
      const json = await call.params.write(params);
      if (this.#isClosed) throw new ServiceError('CLOSED', `${what}: the module has closed the service`);
      signal?.throwIfAborted();
      const send = (timeoutMs: number) => this.#connection.call(name, json, { timeoutMs, ...(signal && { signal }) });
      const answer = call.isIdempotent ? await twice(send, timeoutMs, what) : await send(timeoutMs);
      return await call.result.read(answer);
    } catch (error) {
      if (signal?.aborted && error === signal.reason)
        throw new ServiceError('ABORTED', `${what}: ended by its AbortSignal`, { cause: error });
      const failure = serviceErrorFrom(error, what);
      throw call.isIdempotent ? repeatable(failure) : failure;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection.close();
  }
}
