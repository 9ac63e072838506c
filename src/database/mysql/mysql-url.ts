import { readFileSync } from 'node:fs';
import { messageOf } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import type { MysqlAddress, MysqlTls } from './mysql-address.js';

export const isMysqlUrl = (url: string): boolean => /^(?:mysql|mariadb):/i.test(url);

/**
 * Reads `mysql://user:password@host:port/database`, also as `mariadb:`. Parameters are `ssl-mode` (disabled, required,
 * verify-ca, verify-identity), `ssl-ca` (a file) and `socket` (a path instead of host and port). Throws CONFIGURATION
 * that never shows the password.
 */
export function mysqlAddressOf(url: string, name: string, deadlineMs: number): MysqlAddress {
  const invalid = (what: string, cause?: unknown): DatabaseError =>
    new DatabaseError('CONFIGURATION', `database '${name}': ${what}`, { cause });
  if (!URL.canParse(url)) throw invalid('its URL must be like mysql://user@host:3306/database');
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const unknown = [...searchParams.keys()].find((key) => !['ssl-mode', 'ssl-ca', 'socket'].includes(key));
  if (unknown !== undefined)
    throw invalid(`its URL has the parameter '${unknown}'; known are ssl-mode, ssl-ca and socket`);
  const text = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw invalid('its URL has a % that is no escape: write it as %25');
    }
  };
  const socketPath = searchParams.get('socket');
  const ssl = tlsOf(searchParams.get('ssl-mode'), searchParams.get('ssl-ca'), invalid);
  return {
    name,
    ...(socketPath === null ? { host: text(hostname).replace(/^\[|\]$/g, '') || 'localhost' } : { socketPath }),
    ...(socketPath === null ? { port: port === '' ? 3306 : Number(port) } : {}),
    user: text(username) || 'root',
    ...(password === '' ? {} : { password: text(password) }),
    ...(pathname.length > 1 ? { database: text(pathname.slice(1)) } : {}),
    ...(ssl === undefined ? {} : { ssl }),
    deadlineMs,
  };
}

function tlsOf(
  mode: string | null,
  caPath: string | null,
  invalid: (what: string, cause?: unknown) => DatabaseError,
): MysqlTls | undefined {
  const ca = caPath === null ? {} : { ca: readCertificate(caPath, invalid) };
  switch (mode?.toLowerCase() ?? (caPath === null ? 'disabled' : 'verify-ca')) {
    case 'disabled':
      return undefined;
    case 'required':
      return { ...ca, rejectUnauthorized: false };
    case 'verify-ca':
      return { ...ca, rejectUnauthorized: true };
    case 'verify-identity':
      return { ...ca, rejectUnauthorized: true, verifyIdentity: true };
    default:
      throw invalid(`ssl-mode '${mode}' is not one of disabled, required, verify-ca, verify-identity`);
  }
}

function readCertificate(path: string, invalid: (what: string, cause?: unknown) => DatabaseError): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`the certificates of ssl-ca cannot be read: ${messageOf(error)}`, error);
  }
}
