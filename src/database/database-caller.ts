import type { ServiceConnection } from '../wire/index.js';
import { type DatabaseOperation, databaseCalls, type ParamsOf, type ResultOf } from './database-calls.js';
import { DatabaseError, databaseErrorFrom, mayHaveRun, outcomeUnknown } from './database-error.js';
import type { CallOptions } from './database-link.js';
import { onlyReads } from './sqlite/statement-kind.js';

/** The timeout of a statement that names none, the same as direct. */
export const defaultTimeoutMs = 30_000;
/** The broker gives up first, so that its answer still arrives. */
const answerGraceMs = 2_000;

/** Calls the orchestrator's end of one database, by the table. */
export class DatabaseCaller {
  readonly name: string;
  readonly connection: ServiceConnection;

  constructor(name: string, connection: ServiceConnection) {
    this.name = name;
    this.connection = connection;
  }

  async call<O extends DatabaseOperation>(
    operation: O,
    params: ParamsOf<O>,
    { timeoutMs, signal }: CallOptions = {},
  ): Promise<ResultOf<O>> {
    const codec = databaseCalls[operation] as unknown as {
      params: { encode(value: ParamsOf<O>, typed: boolean): never };
      result: { decode(json: unknown): ResultOf<O> };
    };
    const { connection } = this;
    try {
      if (signal?.aborted) throw signal.reason;
      const waitMs = (timeoutMs ?? defaultTimeoutMs) + answerGraceMs;
      const json = await connection.call(operation, codec.params.encode(params, connection.typedValues), {
        timeoutMs: waitMs,
        ...(signal === undefined ? {} : { signal }),
      });
      return codec.result.decode(json);
    } catch (error) {
      if (signal?.aborted && error === signal.reason)
        throw new DatabaseError('ABORTED', 'the statement was ended by its AbortSignal', { cause: error });
      throw failureOf(error, this.name, params);
    }
  }
}

/** Whether nobody knows what became of the call. */
export function isLostAnswer(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && mayHaveRun(error.cause);
}

/** A statement by itself may have taken effect when its answer was lost; one of a transaction is undone with that. */
function failureOf(error: unknown, name: string, params: object): DatabaseError {
  const { sql, transactionId, sessionId, streamId } = params as Readonly<Record<string, unknown>>;
  const standsAlone = typeof sql === 'string' && transactionId === undefined && sessionId === undefined;
  const isLostChange = standsAlone && !onlyReads(sql) && mayHaveRun(error);
  const failure = databaseErrorFrom(error, name, sessionId === undefined && streamId === undefined);
  return isLostChange ? outcomeUnknown(failure, 'statement') : failure;
}
