import type { WireJson, WireObject } from '../wire/index.js';
import type { RowPage } from './broker-streams.js';
import { call, type Codec, fieldsOf, nothing, textOf } from './call-codec.js';
import type { BeginOptions, RowData } from './database-link.js';
import { isolationLevels, type SqlValue } from './database.js';
import { sessionCalls } from './sqlite/session-calls.js';
import { decodeParameters, decodeRow, encodeParameters, encodeRow, malformed } from './wire-values.js';

export interface WireStatement {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  readonly timeoutMs?: number;
  readonly readOnly?: boolean;
}

export const maxFetchedRows = 1_000;

export interface WireTransaction {
  readonly transactionId: string;
}

/** The pipe of a virtual connection, which the engine's own driver writes to and reads from. */
export interface WirePipe {
  readonly pipeId: string;
}

const statement: Codec<WireStatement> = {
  encode: ({ sql, params, timeoutMs, readOnly }, typed) => ({
    query: sql,
    ...encodeParameters(params, typed),
    ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }),
    ...(readOnly ? { read_only: true } : {}),
  }),
  decode: (json) => {
    const fields = fieldsOf(json);
    return {
      sql: textOf(fields, 'query'),
      params: decodeParameters(fields['params'], fields['types']),
      ...millisecondsOf(fields, 'timeout_ms', 'timeoutMs'),
      ...(fields['read_only'] === true ? { readOnly: true } : {}),
    };
  },
};

const transaction: Codec<WireTransaction> = {
  encode: ({ transactionId }) => ({ transaction_id: transactionId }),
  decode: (json) => ({ transactionId: textOf(fieldsOf(json), 'transaction_id') }),
};

const transactionStatement: Codec<WireStatement & WireTransaction> = {
  encode: (value, typed) => ({
    ...(transaction.encode(value, typed) as WireObject),
    ...(statement.encode(value, typed) as WireObject),
  }),
  decode: (json) => ({ ...transaction.decode(json), ...statement.decode(json) }),
};

const begin: Codec<BeginOptions> = {
  encode: ({ isolation, readOnly, timeoutMs, idleTimeoutMs }) => ({
    ...(isolation === undefined ? {} : { isolation_level: isolation }),
    ...(readOnly ? { read_only: true } : {}),
    ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }),
    ...(idleTimeoutMs === undefined ? {} : { idle_timeout_ms: idleTimeoutMs }),
  }),
  decode: (json) => {
    const fields = fieldsOf(json ?? {});
    const isolation = isolationLevels.find((level) => level === fields['isolation_level']);
    return {
      ...(isolation === undefined ? {} : { isolation }),
      readOnly: fields['read_only'] === true,
      ...millisecondsOf(fields, 'timeout_ms', 'timeoutMs'),
      ...millisecondsOf(fields, 'idle_timeout_ms', 'idleTimeoutMs'),
    };
  },
};

/** A statement to read page by page, in a transaction or outside. */
const streamed: Codec<WireStatement & { readonly transactionId?: string; readonly sessionId?: number }> = {
  encode: ({ transactionId, sessionId, ...value }, typed) => ({
    ...(transactionId === undefined ? {} : { transaction_id: transactionId }),
    ...(sessionId === undefined ? {} : { session: sessionId }),
    ...(statement.encode(value, typed) as WireObject),
  }),
  decode: (json) => {
    const { transaction_id: id, session } = fieldsOf(json);
    return {
      ...statement.decode(json),
      ...(typeof id === 'string' ? { transactionId: id } : {}),
      ...(typeof session === 'number' ? { sessionId: session } : {}),
    };
  },
};

const fetchRows: Codec<{ readonly streamId: string; readonly count: number }> = {
  encode: ({ streamId, count }) => ({ stream_id: streamId, count }),
  decode: (json) => {
    const fields = fieldsOf(json);
    const { count } = fields;
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > maxFetchedRows)
      throw malformed(`count is not an integer from 1 to ${maxFetchedRows}`);
    return { streamId: textOf(fields, 'stream_id'), count };
  },
};

const rowPage: Codec<RowPage> = {
  encode: ({ rows: page, isLast }, typed) => ({ rows: rows.encode([...page], typed), last: isLast }),
  decode: (json) => {
    const fields = fieldsOf(json);
    return { rows: rows.decode(fields['rows'] ?? null), isLast: fields['last'] === true };
  },
};

const streamId: Codec<{ readonly streamId: string }> = {
  encode: (value) => ({ stream_id: value.streamId }),
  decode: (json) => ({ streamId: textOf(fieldsOf(json), 'stream_id') }),
};

const transactionId: Codec<string> = {
  encode: (id) => id,
  decode: (json) => {
    if (typeof json === 'string' && json !== '') return json;
    throw malformed('the transaction id is not a string');
  },
};

const pipe: Codec<WirePipe> = {
  encode: ({ pipeId }) => ({ pipe: pipeId }),
  decode: (json) => ({ pipeId: textOf(fieldsOf(json), 'pipe') }),
};

const count: Codec<number> = {
  encode: (value) => value,
  decode: (json) => {
    if (typeof json === 'number' && Number.isSafeInteger(json) && json >= 0) return json;
    throw malformed('the number of affected rows is not an integer from 0');
  },
};

const rows: Codec<RowData[]> = {
  encode: (value, typed) => value.map((row) => encodeRow(row, typed)),
  decode: (json) => {
    if (!Array.isArray(json)) throw malformed('the rows are not an array');
    return json.map((row: WireJson) => decodeRow(row));
  },
};

const rowOrNull: Codec<RowData | null> = {
  encode: (value, typed) => (value === null ? null : encodeRow(value, typed)),
  decode: (json) => (json === null ? null : decodeRow(json)),
};

const empty: Codec<object> = { encode: () => ({}), decode: () => ({}) };

/** The operations of the Database service, as both ends use them (PROTOCOL section 5; relays, streams and sessions only between our own ends). The proxy encodes params and decodes results, the broker the reverse. */
export const databaseCalls = {
  execute: call(statement, count),
  query: call(statement, rows),
  query_one: call(statement, rowOrNull),
  begin_transaction: call(begin, transactionId),
  transaction_execute: call(transactionStatement, count),
  transaction_query: call(transactionStatement, rows),
  transaction_query_one: call(transactionStatement, rowOrNull),
  transaction_commit: call(transaction, nothing),
  transaction_rollback: call(transaction, nothing),
  relay_open: call(pipe, nothing),
  /** Answered when others wait for connections that this module's driver may keep idle. */
  relay_wanted: call(empty, nothing),
  /** The three of a stream exist only between our own ends. */
  stream_open: call(streamed, transactionId),
  stream_fetch: call(fetchRows, rowPage),
  stream_close: call(streamId, nothing),
  ...sessionCalls,
  ping: call(empty, nothing),
  close: call(empty, nothing),
};

export type DatabaseOperation = keyof typeof databaseCalls;
export type ParamsOf<O extends DatabaseOperation> = ReturnType<(typeof databaseCalls)[O]['params']['decode']>;
export type ResultOf<O extends DatabaseOperation> = ReturnType<(typeof databaseCalls)[O]['result']['decode']>;

function millisecondsOf<K extends string>(fields: WireObject, name: string, key: K): { readonly [P in K]?: number } {
  const value = fields[name];
  if (value === undefined || value === null) return {};
  if (typeof value === 'number' && value >= 0) return { [key]: value } as { [P in K]: number };
  throw malformed(`${name} is not a number of milliseconds`);
}
