import type { ModuleLimits } from '../../database/index.js';
import type { Duration } from '../../foundation/index.js';
import type { JwtSettings } from '../../jwt/index.js';
import type { StorePassphrase } from '../../secrets/index.js';
import type { HeartbeatSettings, WireLimits } from '../../wire/index.js';
import type { QuirkName } from '../hosting/quirk-names.js';
import type { ChannelName, ChannelNeed, TcpChannelsConfig, TlsFiles } from './channels.js';
import type { CacheGrant, GrantKind, JwtGrant } from './grants.js';
import type { ListenAddress } from './listen-address.js';
import type { StandaloneConfig } from './standalone-config.js';
import type { PortRange } from './port-range.js';
import type { RestartPolicy } from './config-input.js';

/** The configuration after every check: paths absolute, defaults filled in, durations in milliseconds. */
export interface OrchestratorConfig {
  /** Relative paths start here: the directory of the configuration file. */
  readonly baseDirectory: string;
  readonly stateDirectory: string;
  readonly modules: ReadonlyMap<string, ModuleConfig>;
  readonly databases: ReadonlyMap<string, DatabaseConfig>;
  readonly caches: ReadonlyMap<string, CacheConfig>;
  /** `undefined` when there are no tokens. */
  readonly jwt: JwtConfig | undefined;
  readonly secrets: readonly SecretSource[];
  readonly ports: PortRange;
  readonly heartbeat: HeartbeatSettings;
  /** `undefined` when there is no gateway. */
  readonly gateway: GatewayConfig | undefined;
  readonly tcpChannels: TcpChannelsConfig;
  readonly standalone?: StandaloneConfig | undefined;
  readonly wire: WireLimits;
}

export interface ModuleConfig {
  readonly id: string;
  /** Program and arguments; empty when a launcher that needs none starts the module. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly moduleFile: string | undefined;
  readonly databases: ReadonlyMap<string, GrantKind>;
  readonly caches: ReadonlyMap<string, CacheGrant>;
  readonly services: ReadonlyMap<string, GrantKind>;
  readonly serves: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  /** `undefined` when it was not granted any tokens. */
  readonly jwt: JwtGrant | undefined;
  /** Those of them that it may also set and delete; absent when there are none. */
  readonly writableSecrets?: ReadonlySet<string>;
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
  readonly limits: ModuleLimits;
  /** Of modules with limits of their own. */
  readonly modules: ReadonlyMap<string, ModuleLimits>;
}

export interface CacheConfig {
  readonly url: string;
  readonly policy: string | undefined;
  readonly max: string | number | undefined;
  readonly maxEntries: number | undefined;
  readonly defaultTtl: Duration | undefined;
  readonly sliding: boolean | undefined;
  readonly timeout: Duration | undefined;
  readonly onFailure: string | undefined;
  readonly passwordSecret: string | undefined;
  readonly sentinelSecret: string | undefined;
}

export interface JwtConfig extends JwtSettings {
  /** The name of the secret with the key. */
  readonly secret: string;
}

export type SecretSource = { readonly pollMs?: number } & (
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'env'; readonly prefix: string }
  | { readonly kind: 'dotenv'; readonly path: string }
  | { readonly kind: 'store'; readonly path: string; readonly unlock: StoreUnlock; readonly keep?: number }
  | { readonly kind: 'memory'; readonly values: Readonly<Record<string, string>> }
);

/** Where the key of an encrypted store is, or its passphrase. */
export type StoreUnlock = { readonly by: 'key'; readonly file: string } | StorePassphrase;

export interface GatewayConfig {
  readonly listen: ListenAddress;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
}
