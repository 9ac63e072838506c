import type { Class } from '../container/index.js';
import { didYouMean, durationMs, longestTimerMs, ValueError } from '../foundation/index.js';
import type { OperationTable } from './operation.js';
import { Payload } from './payload.js';
import { ServiceError } from './service-error.js';

/** One operation as both ends read it. */
export interface OperationCall {
  readonly params: Payload;
  readonly result: Payload;
  /** How long the implementation may take. */
  readonly timeoutMs: number;
  readonly isIdempotent: boolean;
}

/** What both ends of a service have in common: its name on the wire and its operations. */
export interface ServiceContract {
  readonly id: string;
  readonly calls: ReadonlyMap<string, OperationCall>;
}

/** `close` ends a connection in the protocol; a client with the others could not be awaited, injected or logged. */
const reservedNames = ['close', 'then', 'constructor', 'toJSON'];

/** Whether that can name a service, on the wire and in a configuration. */
export function isServiceId(id: unknown): boolean {
  return typeof id === 'string' && /^[a-z][a-z0-9-]*$/.test(id);
}

/** Throws `ValueError` for names that cannot be used. */
export function serviceContract(id: string, operations: OperationTable): ServiceContract {
  if (!isServiceId(id))
    throw new ValueError(
      `${JSON.stringify(id)} is not an id of a service: begin with a lower-case letter, use only a-z, 0-9 and -`,
    );
  const names = Object.keys(operations);
  if (names.length === 0) throw new ValueError(`service '${id}' has no operations: name at least one`);
  return { id, calls: new Map(names.map((name) => [name, operationCall(id, name, operations)])) };
}

function operationCall(id: string, name: string, operations: OperationTable): OperationCall {
  if (!/^[a-zA-Z][a-zA-Z0-9_]*$/.test(name))
    throw new ValueError(
      `service '${id}': '${name}' is not a name of an operation: begin with a letter, use only letters, digits and _`,
    );
  if (reservedNames.includes(name))
    throw new ValueError(`service '${id}': an operation cannot be called '${name}', which is reserved`);
  const { params, result, timeout = '30s', idempotent = false } = operations[name]!;
  const timeoutMs = durationMs(timeout, `timeout of ${id}.${name}`);
  if (timeoutMs < 1 || timeoutMs > longestTimerMs)
    throw new ValueError(`service '${id}': the timeout of '${name}' must be from 1ms to 24d`);
  return {
    params: new Payload('INVALID_PARAMS', `the params of ${id}.${name}`, params as Class | undefined),
    result: new Payload('INVALID_RESULT', `the results of ${id}.${name}`, result as Class | undefined),
    timeoutMs,
    isIdempotent: idempotent,
  };
}

/** Throws ServiceError UNKNOWN_OPERATION, naming the nearest. */
export function callOf({ id, calls }: ServiceContract, operation: string): OperationCall {
  const call = calls.get(operation);
  if (call) return call;
  throw new ServiceError(
    'UNKNOWN_OPERATION',
    `service '${id}' has no operation '${operation}'${didYouMean(operation, calls.keys())}`,
    { details: { service: id, operation } },
  );
}
