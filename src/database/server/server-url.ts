import { readFileSync } from 'node:fs';
import { DatabaseError } from '../database-error.js';

export type ServerEngineName = 'postgres' | 'mysql';
/** Which kind of server of that engine TypeORM shall take it for, where it tells them apart. */
export type ServerDialect = 'mariadb';

/** How a server's certificate is looked at, and with what. */
export interface ServerTls {
  /** False where TLS is wanted and the certificate is not looked at, as `sslmode=require` means. */
  readonly checksCertificate: boolean;
  /** Whether the certificate has to be for that host. */
  readonly checksHost: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where a server is and how to log in. */
export interface ServerAddress {
  readonly engine: ServerEngineName;
  readonly dialect?: ServerDialect;
  readonly host: string;
  readonly port: number;
  /** A unix socket instead: a directory for PostgreSQL, a file for MySQL. */
  readonly socketPath?: string;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly tls?: ServerTls;
}

interface KnownServer {
  readonly engine: ServerEngineName;
  readonly dialect?: ServerDialect;
  readonly port: number;
  readonly user: string;
}

const engines: Readonly<Record<string, KnownServer>> = {
  'postgres:': { engine: 'postgres', port: 5432, user: 'postgres' },
  'postgresql:': { engine: 'postgres', port: 5432, user: 'postgres' },
  'mysql:': { engine: 'mysql', port: 3306, user: 'root' },
  'mariadb:': { engine: 'mysql', dialect: 'mariadb', port: 3306, user: 'root' },
};

const parameters = [
  'sslmode',
  'ssl-mode',
  'sslrootcert',
  'ssl-ca',
  'sslcert',
  'ssl-cert',
  'sslkey',
  'ssl-key',
  'host',
  'socket',
];
/** By the names that PostgreSQL and MySQL give them. */
const tlsModes: Readonly<Record<string, Pick<ServerTls, 'checksCertificate' | 'checksHost'> | undefined>> = {
  disable: undefined,
  disabled: undefined,
  require: { checksCertificate: false, checksHost: false },
  required: { checksCertificate: false, checksHost: false },
  'verify-ca': { checksCertificate: true, checksHost: false },
  'verify-full': { checksCertificate: true, checksHost: true },
  'verify-identity': { checksCertificate: true, checksHost: true },
};

/** Which server a URL means; undefined for one that means none. */
export function serverEngineOf(url: string): ServerEngineName | undefined {
  return engines[/^[a-z]+:/.exec(url)?.[0] ?? '']?.engine;
}

/**
 * `postgres://user:password@host:5432/database?sslmode=verify-full&sslrootcert=ca.pem`, the same with `mysql:`. A unix
 * socket is `?host=/run/postgresql`. Throws CONFIGURATION, naming the part that is wrong and never the password.
 */
export function parseServerUrl(url: string, name: string, password?: string): ServerAddress {
  const known = engines[/^[a-z]+:/.exec(url)?.[0] ?? ''];
  const parsed = known && URL.canParse(url) ? new URL(url) : undefined;
  if (!known || !parsed) {
    throw wrong(name, `the URL cannot be read; write ${known?.engine ?? 'postgres'}://user@host/database`);
  }
  for (const key of parsed.searchParams.keys())
    if (!parameters.includes(key))
      throw wrong(name, `the URL has the parameter '${key}'; there are ${parameters.join(', ')}`);
  const database = decoded(parsed.pathname.slice(1), 'database', name);
  if (database === '' || database.includes('/'))
    throw wrong(name, `the URL names no database: write it as ${known.engine}://…/database`);
  const secret = password ?? decoded(parsed.password, 'password', name);
  const socketPath = parsed.searchParams.get('host') ?? parsed.searchParams.get('socket');
  const tls = tlsOf(parsed, name);
  return {
    engine: known.engine,
    ...(known.dialect && { dialect: known.dialect }),
    host: decoded(parsed.hostname, 'host', name).replace(/^\[|\]$/g, '') || 'localhost',
    port: parsed.port === '' ? known.port : Number(parsed.port),
    user: decoded(parsed.username, 'user', name) || known.user,
    database,
    ...(secret === '' ? {} : { password: secret }),
    ...(socketPath === null ? {} : { socketPath }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** The server without credentials: `postgres db.example:5432/orders`. */
export function describeServer({ engine, host, port, socketPath, database }: ServerAddress): string {
  return `${engine} ${socketPath ?? `${host}:${port}`}/${database}`;
}

function tlsOf({ searchParams }: URL, name: string): ServerTls | undefined {
  const either = (one: string, other: string) => searchParams.get(one) ?? searchParams.get(other);
  const mode = (
    either('sslmode', 'ssl-mode') ?? (either('sslrootcert', 'ssl-ca') ? 'verify-ca' : 'disable')
  ).toLowerCase();
  if (!Object.hasOwn(tlsModes, mode))
    throw wrong(name, `the URL has sslmode=${mode}; there are ${Object.keys(tlsModes).join(', ')}`);
  const checks = tlsModes[mode];
  if (checks === undefined) return undefined;
  const fileOf = (parameter: string, other: string): string | undefined => {
    const path = either(parameter, other);
    if (path === null) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw wrong(name, `the file ${path} of ${parameter} cannot be read`, cause);
    }
  };
  const [ca, cert, key] = [fileOf('sslrootcert', 'ssl-ca'), fileOf('sslcert', 'ssl-cert'), fileOf('sslkey', 'ssl-key')];
  return {
    ...checks,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function decoded(text: string, part: string, name: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(name, `the ${part} in the URL is not percent-encoded as it should be: write % as %25`);
  }
}

function wrong(name: string, what: string, cause?: unknown): DatabaseError {
  return new DatabaseError('CONFIGURATION', `database '${name}': ${what}`, { cause });
}
