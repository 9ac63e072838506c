import { messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { LoginFailure } from '../relay/login-failure.js';
import type { MysqlLogin } from '../server/mysql-login.js';
import type { MysqlAddress } from './mysql-address.js';

/** Errors of the server that waiting does not cure: the configuration names something wrong. */
const configured: Readonly<Record<number, (login: MysqlLogin) => string>> = {
  1044: ({ user, database }) => `user '${user}' may not use database '${database}' on the server`,
  1045: ({ user }) => `the server refused user '${user}': user or password is wrong`,
  1049: ({ database }) => `there is no database '${database}' on the server`,
  1115: () => 'the server does not know the character set',
  1698: ({ user }) => `the server refused user '${user}': it may not log in with a password`,
};

const configuredCodes = ['HANDSHAKE_NO_SSL_SUPPORT', 'HANDSHAKE_SSL_ERROR', 'ENOTFOUND', 'AUTH_SWITCH_PLUGIN_ERROR'];

/** Why the orchestrator could not log in: what to change (CONFIGURATION) or what to wait for (CONNECTION). */
export function loginFailure({ name, login }: MysqlAddress, cause: unknown): DatabaseError {
  if (cause instanceof DatabaseError) return cause;
  const { errno, code, sqlState } = cause as { errno?: unknown; code?: unknown; sqlState?: unknown };
  const isOfServer = typeof errno === 'number' && errno > 0;
  const details = {
    ...(typeof code === 'string' ? { driverCode: code } : {}),
    ...(isOfServer ? { errno } : {}),
    ...(isOfServer && typeof sqlState === 'string' && sqlState.length === 5 ? { sqlState } : {}),
  };
  const where = login.socketPath ?? `${login.host ?? 'localhost'}:${login.port ?? 3306}`;
  const known = isOfServer ? configured[errno]?.(login) : undefined;
  const isSettled = known !== undefined || configuredCodes.includes(String(code));
  const what = known ?? `cannot connect to ${where}: ${messageOf(cause)}`;
  return new LoginFailure(`database '${name}': ${what}`, { isSettled, details, cause });
}
