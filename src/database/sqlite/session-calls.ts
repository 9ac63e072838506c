import type { WireJson, WireObject } from '../../wire/index.js';
import { isJsonObject } from '../../foundation/index.js';
import { arrayOf, call, type Codec, fieldsOf, nothing, numberOf, textOf } from '../call-codec.js';
import type { DatabaseErrorFields } from '../database-error.js';
import { decodeParameters, decodeValue, encodeParameters, encodeValue, malformed, type Tag } from '../wire-values.js';
import { bindValue } from './bound-values.js';
import type { Access, SessionState } from './sqlite-sessions.js';
import type { BoundValue, DriverFailure, StatementResult } from './worker-messages.js';

/** A session is named by a number of the module's choice, and begins with the first call that names it. */
export interface WireSession {
  readonly sessionId: number;
}

/** A call that may have to wait for whoever writes. */
interface WireSessionWait extends WireSession {
  /** The longest such wait; the orchestrator's when left out. */
  readonly busyTimeoutMs?: number | undefined;
}

export interface WireSessionBegin extends WireSessionWait {
  readonly access: Access;
  readonly timeoutMs: number;
}

export interface WireSessionStatement extends WireSessionWait {
  readonly sql: string;
  readonly params: readonly BoundValue[];
  readonly timeoutMs: number;
  readonly readOnly: boolean;
  readonly maxRows: number | undefined;
}

/** What became of the call, and what the session holds after it: the module must not ask for that. */
export type WireSessionAnswer = { readonly state: SessionState } & (
  | { readonly kind: 'done'; readonly result: StatementResult }
  /** The engine's own error, which TypeORM must get as it is. */
  | { readonly kind: 'failed'; readonly failure: DriverFailure }
  | { readonly kind: 'refused'; readonly error: DatabaseErrorFields }
);

const session: Codec<WireSession> = {
  encode: ({ sessionId }) => ({ session: sessionId }),
  decode: (json) => ({ sessionId: numberOf(fieldsOf(json), 'session') }),
};

function encodeWait({ sessionId, busyTimeoutMs }: WireSessionWait): WireObject {
  return { session: sessionId, ...(busyTimeoutMs === undefined ? {} : { busy_timeout_ms: busyTimeoutMs }) };
}

function decodeWait(json: WireJson): WireSessionWait {
  const fields = fieldsOf(json);
  const isGiven = fields['busy_timeout_ms'] !== undefined;
  return { ...session.decode(json), busyTimeoutMs: isGiven ? numberOf(fields, 'busy_timeout_ms') : undefined };
}

const begin: Codec<WireSessionBegin> = {
  encode: ({ access, timeoutMs, ...waiting }) => ({ ...encodeWait(waiting), access, timeout_ms: timeoutMs }),
  decode: (json) => {
    const fields = fieldsOf(json);
    const access = fields['access'] === 'read' ? 'read' : 'write';
    return { ...decodeWait(json), access, timeoutMs: numberOf(fields, 'timeout_ms') };
  },
};

const statement: Codec<WireSessionStatement> = {
  encode: ({ sql, params, timeoutMs, readOnly, maxRows, ...waiting }) => ({
    ...encodeWait(waiting),
    query: sql,
    ...(params.length > 0 ? encodeParameters(params, true) : {}),
    timeout_ms: timeoutMs,
    ...(readOnly ? { read_only: true } : {}),
    ...(maxRows === undefined ? {} : { max_rows: maxRows }),
  }),
  decode: (json) => {
    const fields = fieldsOf(json);
    return {
      ...decodeWait(json),
      sql: textOf(fields, 'query'),
      params: decodeParameters(fields['params'], fields['types']).map(bindValue),
      timeoutMs: numberOf(fields, 'timeout_ms'),
      readOnly: fields['read_only'] === true,
      maxRows: fields['max_rows'] === undefined ? undefined : numberOf(fields, 'max_rows'),
    };
  },
};

const answer: Codec<WireSessionAnswer> = {
  encode: (value) => {
    const { state } = value;
    if (value.kind === 'failed') return { state, failure: { ...value.failure } };
    if (value.kind === 'refused') return { state, error: { ...value.error } as WireObject };
    return { state, ...encodeResult(value.result) };
  },
  decode: (json) => {
    const fields = fieldsOf(json);
    const state = textOf(fields, 'state') as SessionState;
    const { failure, error } = fields;
    if (isJsonObject(failure)) return { state, kind: 'failed', failure: failureOf(failure) };
    if (isJsonObject(error)) return { state, kind: 'refused', error: errorOf(error) };
    return { state, kind: 'done', result: decodeResult(fields) };
  },
};

/** The operations of a SQLite session: what TypeORM's runner needs, in the raw form it needs it. */
export const sessionCalls = {
  session_run: call(statement, answer),
  session_begin: call(begin, answer),
  session_release: call(session, nothing),
};

/** The columns once and the rows as arrays; `types` names only the cells that JSON does not hold as they are. */
function encodeResult({ columns, rows, hasRows, changes, lastInsertRowid }: StatementResult): WireObject {
  if (!hasRows) return { changes, last_row: lastInsertRowid };
  const types: [row: number, column: number, tag: Tag][] = [];
  const cells = rows.map((row, rowIndex) =>
    row.map((cell, index) => {
      const { value, tag } = encodeValue(cell);
      if (tag !== null) types.push([rowIndex, index, tag]);
      return value;
    }),
  );
  return { columns: [...columns], rows: cells, ...(types.length > 0 ? { types } : {}), changes };
}

function decodeResult(fields: WireObject): StatementResult {
  const changes = numberOf(fields, 'changes');
  if (fields['rows'] === undefined) {
    const last = fields['last_row'];
    if (typeof last !== 'number' && typeof last !== 'bigint') throw malformed('last_row is not an integer');
    return { columns: [], rows: [], hasRows: false, changes, lastInsertRowid: last };
  }
  const rows = arrayOf(fields, 'rows') as unknown[][];
  for (const [row, column, tag] of (fields['types'] ?? []) as [number, number, Tag][]) {
    const cells = rows[row];
    if (cells === undefined) throw malformed('types names a row that is not there');
    cells[column] = decodeValue(cells[column] as WireJson, tag);
  }
  const columns = arrayOf(fields, 'columns') as string[];
  return { columns, rows, hasRows: true, changes, lastInsertRowid: 0 };
}

function failureOf(fields: WireObject): DriverFailure {
  const { code } = fields;
  const failure = { name: textOf(fields, 'name'), message: textOf(fields, 'message') };
  return typeof code === 'string' ? { ...failure, code } : failure;
}

function errorOf(fields: WireObject): DatabaseErrorFields {
  const { details } = fields;
  return {
    code: textOf(fields, 'code'),
    message: textOf(fields, 'message'),
    retryable: fields['retryable'] === true,
    ...(isJsonObject(details) ? { details } : {}),
  };
}
