import type { Duration } from '../../foundation/index.js';
import type { HeartbeatSettings, WireLimits } from '../../wire/index.js';
import type { ModuleKind, QuirkName } from '../hosting/quirk-names.js';
import type { ChannelName, ChannelNeed, ChannelsConfigInput, TcpChannelsConfig, TlsFiles } from './channels.js';
import type { ListenAddress } from './listen-address.js';
import type { PortRange } from './port-range.js';

/** When a module that ended is started again: whatever its exit code, only after a failure, or not at all. */
export const restartPolicies = ['always', 'on-failure', 'never'] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

/** How a module reaches something it was granted: through the orchestrator, or by itself with its own credentials. */
export const grantKinds = ['proxied', 'direct'] as const;
export type GrantKind = (typeof grantKinds)[number];

/** The configuration as people write it, in pywatt.config.yaml or in code. */
export interface OrchestratorConfigInput {
  modules: Record<string, ModuleConfigInput>;
  databases?: Record<string, DatabaseConfigInput>;
  caches?: Record<string, CacheConfigInput>;
  /** Asked in order, the first that has the secret wins. `memory` exists in code only. */
  secrets?: ({ file: string } | { env: string } | { memory: Record<string, string> })[];
  /** Ports given to modules. Default `8000-9000`. */
  ports?: { range: string };
  /** Default `{ listen: '127.0.0.1:9900' }`; `false` for none. */
  gateway?: { listen?: string; requestTimeout?: Duration; maxBody?: string | number } | false;
  /** Where modules connect that have `channels`. */
  channels?: ChannelsConfigInput;
  wire?: WireConfigInput;
  /**
   * How often the orchestrator and its modules ask each other whether they live (`5s`), how many heartbeats in a row may
   * stay unanswered (3), and from when on an answer or a held-up event loop is slow (`1s`).
   */
  heartbeat?: { interval?: Duration; missed?: number; slow?: Duration };
  /** Where the control socket lives, relative to the configuration. Default `.pywatt`. */
  state?: string;
}

export interface ModuleConfigInput {
  /** Program and arguments; a string is split at spaces outside quotes. No shell is involved. */
  command?: string | string[];
  /** Working directory, relative to the configuration. Default: the configuration's directory. */
  cwd?: string;
  /** The file that exports the @Module class, for tools. */
  module?: string;
  databases?: string[] | Record<string, GrantKind>;
  caches?: string[] | Record<string, GrantKind>;
  /** Ids of services that `startOrchestrator` is given in code. */
  services?: string[] | Record<string, GrantKind>;
  secrets?: string[];
  env?: Record<string, string | number | boolean>;
  /**
   * How the module reaches the orchestrator, instead of through what it inherits: the first that works, in that order;
   * as a mapping with `required` the module does not start without it. Only modules of this SDK can.
   */
  channels?: ChannelName[] | Partial<Record<ChannelName, ChannelNeed>>;
  /** The certificate of the module, where TLS asks for one. */
  tls?: { cert: string; key: string };
  /** Default `on-failure`. */
  restart?: RestartPolicy;
  /**
   * How long the module waits for a new orchestrator when its own was killed, and that one for the module: it is taken
   * over with all it holds in memory. Needs `channels` with an address that the new one has, too. Default: it ends.
   */
  reattach?: Duration;
  /** How long a module may drain before it is terminated. Default `10s`. */
  shutdownGrace?: Duration;
  /** How long a module may take from its start to its announcement. Default `30s`. */
  announceTimeout?: Duration;
  /** With which SDK the module was written: the quirks that such modules need. Default: none. */
  kind?: ModuleKind;
  /** More that is done for this module alone because it cannot do without. Default: nothing. */
  quirks?: QuirkName[];
}

/** How much the session with one module may hold, and how long it waits for a stream. */
export interface WireConfigInput {
  /** The longest message. Default `64mb`. */
  maxLine?: string | number;
  /** What may wait to be written to one module. Default `256mb`. */
  maxQueue?: string | number;
  /** How deep objects and arrays of a message may stand in each other, 16 to 127. Default 127. */
  nesting?: number;
  /** What is held of one long body while nobody takes it. Default `1mb`. */
  streamWindow?: string | number;
  /** The most bytes of a long body in one message. Default `64kb`. */
  streamChunk?: string | number;
  /** Long bodies are sent only while no more than this waits to be written, so that calls wait behind little. Default `256kb`. */
  streamQueue?: string | number;
  /** Long bodies in each direction at once. Default 1000. */
  maxStreams?: number;
  /** How long a long body may stand still. Default `30s`. */
  streamIdle?: Duration;
}

export interface DatabaseConfigInput {
  url: string;
  /** Of a server: the secret that holds it, read when the orchestrator logs in. */
  password?: { secret: string };
  /** How the modules share the connections. */
  pool?: PoolConfigInput;
}

export interface PoolConfigInput extends PoolLimitsInput {
  /** Connections, at most, of all modules together. Default 10; of a SQLite file, where each is a thread, 8. */
  max?: number;
  /** How long a connection stays open that nobody uses. Default `10s`. */
  idleTimeout?: Duration;
  /** Other limits for single modules, by module id. */
  modules?: Record<string, PoolLimitsInput>;
}

/** What one module may use of a database. */
export interface PoolLimitsInput {
  /** Connections at once. Default: `max`. */
  connections?: number;
  /** Connections that may be waited for. Default 1000. */
  queue?: number;
  /** The longest wait for a connection, then POOL. Default `5s`. */
  acquireTimeout?: Duration;
  /** A statement that runs longer is ended. Default `0s`: no limit. */
  statementTimeout?: Duration;
  /** A transaction in which nothing happens for so long is rolled back. Default `0s`: no limit. */
  idleInTransactionTimeout?: Duration;
}

export interface CacheConfigInput {
  url: string;
  policy?: string;
  max?: string | number;
  defaultTtl?: Duration;
}

/** The configuration after every check: paths absolute, defaults filled in, durations in milliseconds. */
export interface OrchestratorConfig {
  /** Relative paths start here: the directory of the configuration file. */
  readonly baseDirectory: string;
  readonly stateDirectory: string;
  readonly modules: ReadonlyMap<string, ModuleConfig>;
  readonly databases: ReadonlyMap<string, DatabaseConfig>;
  readonly caches: ReadonlyMap<string, CacheConfig>;
  readonly secrets: readonly SecretSource[];
  readonly ports: PortRange;
  readonly heartbeat: HeartbeatSettings;
  /** `undefined` when there is no gateway. */
  readonly gateway: GatewayConfig | undefined;
  readonly tcpChannels: TcpChannelsConfig;
  readonly wire: WireLimits;
}

export interface ModuleConfig {
  readonly id: string;
  /** Program and arguments; empty when a launcher that needs none starts the module. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly moduleFile: string | undefined;
  readonly databases: ReadonlyMap<string, GrantKind>;
  readonly caches: ReadonlyMap<string, GrantKind>;
  readonly services: ReadonlyMap<string, GrantKind>;
  readonly secrets: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string>>;
  /** In the order of preference; empty for one that stays on what it inherits. */
  readonly channels: ReadonlyMap<ChannelName, ChannelNeed>;
  readonly tls: TlsFiles | undefined;
  readonly restart: RestartPolicy;
  /** undefined for a module that ends with its orchestrator. */
  readonly reattachMs: number | undefined;
  readonly shutdownGraceMs: number;
  readonly announceTimeoutMs: number;
  readonly quirks: ReadonlySet<QuirkName>;
}

export interface DatabaseConfig {
  readonly url: string;
  /** The name of the secret that holds it. */
  readonly passwordSecret: string | undefined;
  readonly pool: PoolConfig;
}

export interface PoolConfig {
  readonly max: number;
  readonly idleTimeoutMs: number;
  readonly limits: PoolLimits;
  /** Of modules with limits of their own. */
  readonly modules: ReadonlyMap<string, PoolLimits>;
}

export interface PoolLimits {
  readonly connections: number;
  readonly queueLength: number;
  readonly acquireTimeoutMs: number;
  /** 0 for no limit, as below. */
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

export interface CacheConfig {
  readonly url: string;
  readonly policy: string | undefined;
  readonly max: string | number | undefined;
  readonly defaultTtl: Duration | undefined;
}

export type SecretSource =
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'env'; readonly prefix: string }
  | { readonly kind: 'memory'; readonly values: Readonly<Record<string, string>> };

export interface GatewayConfig {
  readonly listen: ListenAddress;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
}
