import type { Database, IsolationLevel, SqlValue } from './database.js';

/** Options of one call, checked and in milliseconds. */
export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly readOnly?: boolean;
}

export interface BeginOptions {
  /** Default: the engine's own. */
  readonly isolation?: IsolationLevel;
  readonly readOnly: boolean;
  readonly timeoutMs?: number;
  readonly idleTimeoutMs?: number;
}

export type RowData = Record<string, unknown>;

/** Runs checked statements. The two worlds differ here and nowhere above: TypeORM's runner, or calls over the wire. */
export interface StatementLink {
  execute(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<number>;
  query(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData[]>;
  queryOne(sql: string, params: readonly SqlValue[], options: CallOptions): Promise<RowData | null>;
  /** Rows as they are asked for. Ending it early closes the cursor. */
  stream(sql: string, params: readonly SqlValue[], options: CallOptions): AsyncGenerator<RowData>;
}

export interface TransactionLink extends StatementLink {
  /** OUTCOME_UNKNOWN when the answer was lost. After any other error the transaction may still be open. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Rolls back without waiting, ending what runs. */
  abandon(): void;
}

export interface DatabaseLink extends StatementLink {
  readonly type: Database['type'];
  /** One connection for everybody: whoever stands in a transaction must not wait for another. */
  readonly isSingleConnection: boolean;
  /** One writer at a time: whoever writes in a transaction must not wait to write outside it. */
  readonly isSingleWriter: boolean;
  begin(options: BeginOptions): Promise<TransactionLink>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Which of a link's statements to run, with what was checked. */
export type StatementCall<R> = (
  link: StatementLink,
  sql: string,
  params: readonly SqlValue[],
  options: CallOptions,
) => R;
