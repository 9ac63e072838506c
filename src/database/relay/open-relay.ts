import type { Duplex } from 'node:stream';
import type { Logger } from '../../foundation/index.js';
import { MysqlRelayEngine } from '../mysql/mysql-relay-engine.js';
import { isPgliteUrl } from '../pglite/pglite-url.js';
import { PostgresRelayEngine } from '../postgres/postgres-relay-engine.js';
import { mysqlLoginOf } from '../server/mysql-login.js';
import { postgresLoginOf } from '../server/postgres-login.js';
import { parseServerUrl, type ServerAddress, serverEngineOf } from '../server/server-url.js';
import { type ModuleLimits, RelayBroker } from './relay-broker.js';
import type { RelayEngine } from './relay-engine.js';

/** How the modules of an orchestrator share one database. */
export interface RelayPoolOptions {
  /** Connections to the server, at most, of all modules together. */
  readonly max: number;
  /** How long one stays open that nobody uses. */
  readonly idleTimeoutMs: number;
  readonly limitsOf: (moduleId: string) => ModuleLimits;
}

export interface OpenRelayOptions {
  /** The name in the configuration, for messages. */
  readonly name: string;
  readonly url: string;
  /** Instead of one in the URL; a function is asked at each login. */
  readonly password?: string | (() => Promise<string>);
  readonly pool: RelayPoolOptions;
  readonly logger: Logger;
  /** Opens a connection to an engine in this process; needed for such alone. */
  readonly openStream?: () => Promise<() => Duplex>;
}

/** A database whose modules run its driver themselves, over pipes. Logs in when a module first needs it. */
export interface RelayedDatabase {
  readonly engine: 'postgres' | 'mysql';
  readonly description: string;
  /** Of an engine in this process, which the plain operations use, too. */
  readonly isSingleConnection: boolean;
  readonly broker: RelayBroker;
}

const loginDeadlineMs = 10_000;

/** Whether a URL means a server, at which one logs in. */
export function isServerUrl(url: string): boolean {
  return serverEngineOf(url) !== undefined;
}

/** Undefined for an engine that is not relayed. Throws CONFIGURATION for a URL that cannot be meant. */
export function openRelay({
  name,
  url,
  password,
  pool,
  logger,
  openStream,
}: OpenRelayOptions): RelayedDatabase | undefined {
  if (isPgliteUrl(url)) return openPgliteRelay({ name, pool, logger, openStream });
  if (!isServerUrl(url)) return undefined;
  const isAsked = typeof password === 'function';
  const address = parseServerUrl(url, name, isAsked ? undefined : password);
  const broker = new RelayBroker({
    name,
    engine: relayEngine(address, name, isAsked ? password : undefined),
    ...pool,
    logger,
  });
  // Neither user nor host: a module has no use for them.
  return {
    engine: address.engine,
    description: `${address.engine} ${address.database}`,
    isSingleConnection: false,
    broker,
  };
}

function relayEngine(address: ServerAddress, name: string, password: (() => Promise<string>) | undefined): RelayEngine {
  const common = { name, deadlineMs: loginDeadlineMs };
  return address.engine === 'postgres'
    ? new PostgresRelayEngine({
        ...common,
        login: postgresLoginOf(address),
        ...(password && { atLogin: async () => ({ password: await password() }) }),
      })
    : new MysqlRelayEngine({ ...common, login: mysqlLoginOf(address), ...(password && { password }) });
}

type PgliteRelayOptions = Pick<OpenRelayOptions, 'name' | 'pool' | 'logger'> & {
  readonly openStream: OpenRelayOptions['openStream'] | undefined;
};

/** The only connection must not stay with one module while others, and the plain operations, wait for it. */
const pgliteIdleMs = 50;

function openPgliteRelay({ name, pool, logger, openStream }: PgliteRelayOptions): RelayedDatabase | undefined {
  if (openStream === undefined) return undefined;
  const engine = new PostgresRelayEngine({
    name,
    deadlineMs: loginDeadlineMs,
    login: { user: 'postgres', host: 'pglite' },
    atLogin: async () => ({ stream: await openStream() }),
  });
  const limitsOf = (moduleId: string) => ({ ...pool.limitsOf(moduleId), connections: 1 });
  const broker = new RelayBroker({ name, engine, max: 1, idleTimeoutMs: pgliteIdleMs, limitsOf, logger });
  return { engine: 'postgres', description: 'pglite', isSingleConnection: true, broker };
}
