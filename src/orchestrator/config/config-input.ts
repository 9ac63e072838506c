import type { Duration } from '../../foundation/index.js';
import type { JwtAlgorithm } from '../../jwt/index.js';
import type { ModuleKind, QuirkName } from '../hosting/quirk-names.js';
import type { ChannelName, ChannelNeed, ChannelsConfigInput } from './channels.js';
import type { CacheGrantInput, GrantKind } from './grants.js';
import type { StandaloneConfigInput } from './standalone-config.js';

/** When a module that ended is started again: whatever its exit code, only after a failure, or not at all. */
export const restartPolicies = ['always', 'on-failure', 'never'] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

/** The configuration as people write it, in pywatt.config.yaml or in code. */
export interface OrchestratorConfigInput {
  modules: Record<string, ModuleConfigInput>;
  databases?: Record<string, DatabaseConfigInput>;
  caches?: Record<string, CacheConfigInput>;
  /** The tokens of the modules that are granted them. */
  jwt?: JwtConfigInput;
  /** Asked in order, the first that has the secret wins. `memory` exists in code only. */
  secrets?: SecretSourceInput[];
  /** Ports given to modules. Default `8000-9000`. */
  ports?: { range: string };
  /** Default `{ listen: '127.0.0.1:9900' }`; `false` for none. */
  gateway?: { listen?: string; requestTimeout?: Duration; maxBody?: string | number } | false;
  /** Where modules connect that have `channels`. */
  channels?: ChannelsConfigInput;
  /** Where processes that the orchestrator did not start get secrets. Default: nowhere. */
  standalone?: StandaloneConfigInput | false;
  wire?: WireConfigInput;
  /**
   * How often the orchestrator and its modules ask each other whether they live (`5s`), how many heartbeats in a row may
   * stay unanswered (3), and from when on an answer or a held-up event loop is slow (`1s`).
   */
  heartbeat?: { interval?: Duration; missed?: number; slow?: Duration };
  /** Where the control socket lives, relative to the configuration. Default `.pywatt`. */
  state?: string;
}

/** One place of secrets. `poll` is how often it is looked at when the system tells of no change; default `5s`. */
export type SecretSourceInput =
  /** A directory with a file per secret; `$CREDENTIALS_DIRECTORY` for the one of systemd. */
  | { file: string | { path: string; poll?: Duration } }
  /** Variables that begin with this. */
  | { env: string }
  /** A file of lines `NAME=value`, for development. With NODE_ENV=production it is refused unless it says so. */
  | { dotenv: string | { path: string; poll?: Duration; production?: boolean } }
  /** One encrypted file, opened by a key file or a passphrase: from a file, a file descriptor, or asked for. */
  | { store: string | SecretStoreInput }
  | { memory: Record<string, string> };

export interface SecretStoreInput {
  path: string;
  /** An age key; made with the store where neither is there. */
  keyFile?: string;
  passphraseFile?: string;
  passphraseFd?: number;
  /** How many values of a secret are kept. Default 10. */
  keep?: number;
  poll?: Duration;
}

export interface ModuleConfigInput {
  /** Program and arguments; a string is split at spaces outside quotes. No shell is involved. */
  command?: string | string[];
  /** Working directory, relative to the configuration. Default: the configuration's directory. */
  cwd?: string;
  /** The file that exports the @Module class, for tools. */
  module?: string;
  databases?: string[] | Record<string, GrantKind>;
  caches?: string[] | Record<string, CacheGrantInput>;
  /** Ids of services that the module may call: of other modules, or those that `startOrchestrator` is given in code. */
  services?: string[] | Record<string, GrantKind>;
  /** Ids of services that the module implements for others. One module serves each. */
  serves?: string[];
  /** Names it may read; `{ name, access: 'write' }` for those it may also set and delete. */
  secrets?: (string | { name: string; access?: 'read' | 'write' })[];
  /** `true`: it may sign and verify tokens; `verify`: only verify. Default `false`. */
  jwt?: boolean | 'verify';
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
  /** The longest first line, which carries a module's env. Modules of other SDKs read 1 MiB. Default `1mb`. */
  maxInitLine?: string | number;
  /** What may wait to be written to one module; control messages have a sixteenth beside it. Default `256mb`. */
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
  /** Connections, at most, of all modules together. Default 10; of a SQLite file, where each is a process, 8. */
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
  /** Connections that may be waited for; of SQLite, statements. Default 1000, of SQLite 10000. */
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
  /** Memory only: `s3-fifo` (the default), `lru`, `lfu`, `fifo`, `mru` or `none`. */
  policy?: string;
  max?: string | number;
  maxEntries?: number;
  defaultTtl?: Duration;
  sliding?: boolean;
  /** How long one operation on a server may take. Default `2s`. */
  timeout?: Duration;
  /** `fail-open` makes a miss of what a server cannot do. Default `fail-closed`. */
  onFailure?: string;
  /** The password of a server, by the name of the secret that holds it. */
  password?: { secret: string };
  /** The same of sentinels that want a login of their own. */
  sentinelPassword?: { secret: string };
}

/** How tokens are signed and checked. */
export interface JwtConfigInput {
  /** Default `HS256`. */
  algorithm?: JwtAlgorithm;
  /** The secret with the key, which only the orchestrator reads. */
  secret: { secret: string };
  issuer?: string;
  audience?: string | string[];
  /** How long a token is valid that does not say so itself. Default `1h`. */
  expiresIn?: Duration;
  /** How far the clocks of two hosts may differ. Default `5s`. */
  clockTolerance?: Duration;
  /** How long tokens of the previous key are accepted after a rotation. Default: `expiresIn`. */
  overlap?: Duration;
}
