import type { Logger } from '../../foundation/index.js';
import { PostgresRelayEngine } from '../postgres/postgres-relay-engine.js';
import { type ModuleLimits, RelayBroker } from './relay-broker.js';

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
  readonly pool: RelayPoolOptions;
  readonly logger: Logger;
}

/** A database whose modules run its driver themselves, over pipes. Logs in when a module first needs it. */
export interface RelayedDatabase {
  readonly engine: 'postgres' | 'mysql';
  readonly description: string;
  readonly broker: RelayBroker;
}

const loginDeadlineMs = 10_000;

/** Whether modules run that engine's driver themselves. */
export function isRelayed(url: string): boolean {
  return /^postgres(?:ql)?:/i.test(url);
}

/** undefined for an engine that is not relayed. */
export function openRelay({ name, url, pool, logger }: OpenRelayOptions): RelayedDatabase | undefined {
  if (!isRelayed(url)) return undefined;
  const engine = new PostgresRelayEngine({ name, login: { connectionString: url }, deadlineMs: loginDeadlineMs });
  return { engine: 'postgres', description: describe(url), broker: new RelayBroker({ name, engine, ...pool, logger }) };
}

/** Neither user nor password nor host: a module has no use for them. */
function describe(url: string): string {
  const scheme = /^[a-z]+/i.exec(url)?.[0].toLowerCase() ?? '';
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  return `${scheme} ${path.replace(/^\//, '')}`.trim();
}
