import { messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';

/** What a server's driver throws, as far as it matters. */
interface DriverError {
  readonly message: string;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly sqlState?: unknown;
  readonly constraint?: unknown;
  readonly fatal?: unknown;
}

const lostMessages =
  /connection terminated|connection (is )?(lost|closed|ended)|closed state|client has encountered a connection error|read ECONN|write E(PIPE|CONN)|server closed/i;
/** What pg, mysql2 and a socket say to a command when they have heard of the end of the connection before. */
const refusedMessages =
  /client has encountered a connection error and is not queryable|add new command when connection is in closed state|socket has been ended by the other party/i;
const lostCodes = [
  'ECONNRESET',
  'EPIPE',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'PROTOCOL_CONNECTION_LOST',
];

/** The SQLSTATE of a statement for which there was no connection: it has not run. */
export const neverSent = '08001';

/** What the servers call it that a session was ended because its transaction was idle for too long. */
export const leftIdleCodes = { postgres: '25P03', mysql: 'ER_CLIENT_INTERACTION_TIMEOUT' } as const;
/** Which mysql2 gives as the code of one that nobody asked for. */
export const clientInteractionTimeout = 4031;

/** PostgreSQL's SQLSTATE decides; `driverCode` is it. */
export function postgresError(error: unknown, name: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, constraint, message } = error as DriverError;
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  const details = {
    ...(typeof code === 'string' ? { driverCode: code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
  };
  const text = withoutPostgresValue(message ?? messageOf(error), state);
  const make = (kind: ConstructorParameters<typeof DatabaseError>[0], retryable = false) =>
    new DatabaseError(kind, `database '${name}': ${text}`, { retryable, details, cause: error });
  if (isLost(error as DriverError) || isConnectionState(state)) return make('CONNECTION', true);
  switch (state) {
    case '40001':
    case '40P01':
      return make('QUERY', true);
    case '57014':
    case '55P03':
    case leftIdleCodes.postgres:
      return make('TIMEOUT', true);
    case '53300':
    case 'PW001':
      return make('POOL', true);
    case '08004':
    case '28000':
    case '28P01':
    case '3D000':
      return make('CONFIGURATION');
    default:
      return make('QUERY');
  }
}

/** MySQL's errno decides; `driverCode` is its name, such as ER_DUP_ENTRY. */
export function mysqlError(error: unknown, name: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, errno, sqlState, message } = error as DriverError;
  // Where MariaDB and MySQL count differently, mysql2 has the names of MySQL.
  const named = errno === 4025 && sqlState === '23000' ? 'ER_CONSTRAINT_FAILED' : code;
  const driverCode = named === clientInteractionTimeout ? leftIdleCodes.mysql : named;
  // MySQL writes the table before the key: 'orders.uq_number'.
  const constraint = /(?:for key '(?:[^']*\.)?|CONSTRAINT `)([^`']+)[`']/.exec(message ?? '')?.[1];
  const details = {
    ...(typeof driverCode === 'string' ? { driverCode } : {}),
    ...(typeof errno === 'number' && errno > 0 ? { errno } : {}),
    ...(typeof sqlState === 'string' && sqlState.length === 5 ? { sqlState } : {}),
    ...(constraint === undefined ? {} : { constraint }),
  };
  const text = withoutMysqlValue(message ?? messageOf(error));
  const start = `database '${name}': `;
  // What an orchestrator says itself has it already.
  const told = text.startsWith(start) ? text : `${start}${text}`;
  const make = (kind: ConstructorParameters<typeof DatabaseError>[0], retryable = false) =>
    new DatabaseError(kind, told, { retryable, details, cause: error });
  if (driverCode === leftIdleCodes.mysql) return make('TIMEOUT', true);
  if (isLost(error as DriverError) || sqlState === neverSent) return make('CONNECTION', true);
  switch (errno) {
    case 1213:
    case 1020:
      return make('QUERY', true);
    case 1205:
    case 1317:
    case 1969:
    case 3024:
      return make('TIMEOUT', true);
    case 1040:
    case 1203:
    case 1226:
      return make('POOL', true);
    case 1044:
    case 1045:
    case 1049:
    case 1698:
      return make('CONFIGURATION');
    case 1927:
    case 1053:
      return make('CONNECTION', true);
    default:
      return make('QUERY');
  }
}

/** Whether the connection is of no use any more. */
export function endedConnection({ code, details }: DatabaseError): boolean {
  return code === 'CONNECTION' || Object.values<unknown>(leftIdleCodes).includes(details['driverCode']);
}

/** Whether the server never saw the statement. */
export function wasNeverSent({ details, message }: DatabaseError): boolean {
  return details['driverCode'] === neverSent || details['sqlState'] === neverSent || refusedMessages.test(message);
}

function isLost({ code, message }: DriverError): boolean {
  return lostCodes.includes(String(code)) || lostMessages.test(message ?? '');
}

/** 08P01 is a wrong message, such as one with too few parameters, on a connection that goes on; 08004 a login refused. */
function isConnectionState(state = ''): boolean {
  return (state.startsWith('08') && state !== '08P01' && state !== '08004') || /^57P0[123]$/.test(state);
}

/** Class 22 is about values, and tells them: `invalid input syntax for type integer: "…"`. */
function withoutPostgresValue(message: string, state = ''): string {
  return state.startsWith('22') ? message.replace(/: ".*"$/s, '') : message;
}

/** `Duplicate entry '…' for key 'k'`, `Incorrect integer value: '…' for column 'c'` */
function withoutMysqlValue(message: string): string {
  return message.replace(/(Duplicate entry|(?:incorrect|truncated).* value:?) '.*' for /is, '$1 for ');
}
