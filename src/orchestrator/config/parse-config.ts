import { resolve } from 'node:path';
import { type Duration, durationMs, isJsonObject } from '../../foundation/index.js';
import { chunkWithin, defaultHeartbeat, defaultWireLimits, type WireLimits } from '../../wire/index.js';
import { quirksOf } from '../hosting/quirk-names.js';
import { checkBackends } from './check-backends.js';
import { checkEntry } from './check-entry.js';
import { checkModules } from './check-modules.js';
import { reattachProblems } from './check-reattach.js';
import { serviceProblems } from './check-services.js';
import {
  CacheEntry,
  DatabaseEntry,
  GatewayEntry,
  HeartbeatEntry,
  ModuleEntry,
  PortsEntry,
  RootEntry,
  WireEntry,
} from './config-entries.js';
import { type ConfigPath, type ConfigProblem, configInvalid } from './config-problem.js';
import {
  parseCommand,
  parseEnvironment,
  parseGrants,
  parseJwtGrant,
  parseSecretReference,
  parseSize,
} from './config-values.js';
import { parseChannels } from './channel-entries.js';
import { parseListenAddress } from './listen-address.js';
import type {
  CacheConfig,
  DatabaseConfig,
  GatewayConfig,
  ModuleConfig,
  OrchestratorConfig,
} from './orchestrator-config.js';
import { parseCacheGrants } from './parse-cache-grants.js';
import { parseJwt } from './parse-jwt.js';
import { parsePool } from './parse-pool.js';
import { parsePortRange } from './port-range.js';
import { readChannels, readTlsFiles } from './read-channels.js';
import { resolveUrl } from './resolve-url.js';
import { parseSecretGrants } from './secret-entries.js';
import { readStandalone } from './read-standalone.js';
import { parseSecretSources } from './secret-sources.js';

export interface ParseConfigOptions {
  /** Named in the error. Default `the configuration`. */
  readonly source?: string;
  /** Whether `memory` secrets may appear: in code yes, in a file no. Default true. */
  readonly memorySecrets?: boolean;
  /** Ids of the services that will be served; left out, grants of services are not compared with them. */
  readonly services?: readonly string[] | undefined;
  /** Names of caches that the program hands in: modules may be granted them, too. */
  readonly caches?: readonly string[] | undefined;
  /** Modules whose launcher needs no command. */
  readonly launchedModules?: ReadonlySet<string>;
  /** Mistakes found earlier, such as a key that stands twice. */
  readonly problems?: readonly ConfigProblem[];
  /** Adds the position in the file to a problem. */
  readonly locate?: (path: ConfigPath) => ConfigProblem['position'];
}

/** Checks a whole configuration and works out what it means. Throws CONFIG_INVALID listing every mistake at once. */
export function parseConfig(
  value: unknown,
  baseDirectory: string,
  options: ParseConfigOptions = {},
): OrchestratorConfig {
  const problems: ConfigProblem[] = [...(options.problems ?? [])];
  const root = checkRoot(value, problems);
  const section = (key: string) => (isJsonObject(value) ? value[key] : undefined);

  const modules = entries(ModuleEntry, section('modules'), ['modules'], problems, (entry, id) =>
    toModule(entry, id, baseDirectory, problems),
  );
  const databases = entries(
    DatabaseEntry,
    section('databases'),
    ['databases'],
    problems,
    (entry, name): DatabaseConfig => ({
      url: resolveUrl(entry.url, baseDirectory),
      passwordSecret: secretIn(entry.password),
      pool: parsePool(entry.pool, entry.url, ['databases', name, 'pool'], problems),
    }),
  );
  const caches = entries(CacheEntry, section('caches'), ['caches'], problems, (entry): CacheConfig => ({
    url: resolveUrl(entry.url, baseDirectory),
    policy: entry.policy ?? undefined,
    max: entry.max ?? undefined,
    maxEntries: entry.maxEntries ?? undefined,
    defaultTtl: entry.defaultTtl ?? undefined,
    sliding: entry.sliding ?? undefined,
    timeout: entry.timeout ?? undefined,
    onFailure: entry.onFailure ?? undefined,
    passwordSecret: secretIn(entry.password),
    sentinelSecret: secretIn(entry.sentinelPassword),
  }));
  const config: OrchestratorConfig = {
    baseDirectory,
    stateDirectory: resolve(baseDirectory, root?.state ?? '.pywatt'),
    modules,
    databases,
    caches,
    jwt: parseJwt(section('jwt'), problems),
    secrets: parseSecretSources(section('secrets'), baseDirectory, options.memorySecrets ?? true, problems),
    ports: toPorts(section('ports'), problems),
    gateway: toGateway(section('gateway'), problems),
    tcpChannels: readChannels(section('channels'), baseDirectory, problems),
    standalone: readStandalone(section('standalone'), baseDirectory, problems),
    wire: toWireLimits(section('wire'), problems),
    heartbeat: toHeartbeat(section('heartbeat'), problems),
  };
  checkBackends(config, problems);
  problems.push(...reattachProblems(config, options.launchedModules ?? new Set()));
  checkModules(value, { launched: options.launchedModules ?? new Set(), caches: options.caches ?? [] }, problems);
  if (options.services) problems.push(...serviceProblems(modules.values(), options.services));
  if (problems.length > 0) throw configInvalid(options.source ?? 'the configuration', located(problems, options));
  return config;
}

function checkRoot(value: unknown, problems: ConfigProblem[]): RootEntry | undefined {
  if (isJsonObject(value) && !isJsonObject(value['modules'])) {
    problems.push({
      path: ['modules'],
      message: "is missing: name at least one, such as { orders: { command: 'node main.js' } }",
    });
  } else if (isJsonObject(value) && Object.keys(value['modules'] as object).length === 0) {
    problems.push({ path: ['modules'], message: 'is empty: name at least one module' });
  }
  return checkEntry(RootEntry, value, [], problems);
}

/** A section that maps names to entries. */
function entries<E extends object, C>(
  entryClass: new () => E,
  section: unknown,
  path: ConfigPath,
  problems: ConfigProblem[],
  convert: (entry: E, name: string) => C,
): Map<string, C> {
  const converted = new Map<string, C>();
  if (section === undefined || section === null) return converted;
  if (!isJsonObject(section)) {
    if (path[0] !== 'modules') problems.push({ path, message: 'must map names to entries' });
    return converted;
  }
  for (const [name, value] of Object.entries(section)) {
    if (!/^[a-z][a-z0-9-]*$/.test(name)) {
      problems.push({ path: [...path, name], message: 'is not a name: use a-z, 0-9 and -, and begin with a letter' });
    }
    const entry = checkEntry(entryClass, value, [...path, name], problems);
    if (entry) converted.set(name, convert(entry, name));
  }
  return converted;
}

function toModule(entry: ModuleEntry, id: string, base: string, problems: ConfigProblem[]): ModuleConfig {
  const cwd = resolve(base, entry.cwd ?? '.');
  const channels: ModuleConfig['channels'] = entry.channels == null ? new Map() : parseChannels(entry.channels);
  const secrets = parseSecretGrants(entry.secrets ?? []);
  const writableSecrets = new Set([...secrets].filter(([, access]) => access === 'write').map(([name]) => name));
  const quirks = quirksOf(entry.kind ?? undefined, entry.quirks ?? []);
  if (channels.size > 0 && quirks.has('tcp-channel')) {
    const message = 'only modules of this SDK can use: the quirk tcp-channel is for others, leave out one of the two';
    problems.push({ path: ['modules', id, 'channels'], message });
  }
  return {
    id,
    command: entry.command == null ? [] : parseCommand(entry.command),
    cwd,
    moduleFile: entry.module == null ? undefined : resolve(cwd, entry.module),
    databases: parseGrants(entry.databases ?? []),
    caches: parseCacheGrants(entry.caches ?? []),
    services: parseGrants(entry.services ?? []),
    serves: new Set(entry.serves),
    secrets: new Set(secrets.keys()),
    ...(writableSecrets.size > 0 && { writableSecrets }),
    jwt: parseJwtGrant(entry.jwt ?? false),
    env: parseEnvironment(entry.env ?? {}),
    channels,
    tls: readTlsFiles(entry.tls, base, ['modules', id, 'tls'], problems),
    restart: entry.restart ?? 'on-failure',
    reattachMs: entry.reattach == null ? undefined : Math.round(durationMs(entry.reattach)),
    shutdownGraceMs: durationMs(entry.shutdownGrace ?? '10s'),
    announceTimeoutMs: durationMs(entry.announceTimeout ?? '30s'),
    quirks,
  };
}

function toPorts(section: unknown, problems: ConfigProblem[]): OrchestratorConfig['ports'] {
  const entry =
    section === undefined || section === null ? undefined : checkEntry(PortsEntry, section, ['ports'], problems);
  return parsePortRange(entry?.range ?? '8000-9000');
}

function toGateway(section: unknown, problems: ConfigProblem[]): GatewayConfig | undefined {
  if (section === false) return undefined;
  const entry = checkEntry(GatewayEntry, section ?? {}, ['gateway'], problems);
  return {
    listen: parseListenAddress(entry?.listen ?? '127.0.0.1:9900'),
    requestTimeoutMs: durationMs(entry?.requestTimeout ?? '30s'),
    maxBodyBytes: parseSize(entry?.maxBody ?? '10mb'),
  };
}

function toWireLimits(section: unknown, problems: ConfigProblem[]): WireLimits {
  const entry = checkEntry(WireEntry, section ?? {}, ['wire'], problems);
  const sized = (size: string | number | undefined, otherwise: number) =>
    size === undefined ? otherwise : parseSize(size);
  const maxLineBytes = sized(entry?.maxLine, defaultWireLimits.maxLineBytes);
  return {
    ...defaultWireLimits,
    maxLineBytes,
    maxInitLineBytes: sized(entry?.maxInitLine, defaultWireLimits.maxInitLineBytes),
    maxQueuedBytes: sized(entry?.maxQueue, defaultWireLimits.maxQueuedBytes),
    maxNesting: entry?.nesting ?? defaultWireLimits.maxNesting,
    streamChunkBytes: chunkWithin(maxLineBytes, sized(entry?.streamChunk, defaultWireLimits.streamChunkBytes)),
    bulkQueueBytes: sized(entry?.streamQueue, defaultWireLimits.bulkQueueBytes),
    streamWindowBytes: sized(entry?.streamWindow, defaultWireLimits.streamWindowBytes),
    maxStreams: entry?.maxStreams ?? defaultWireLimits.maxStreams,
    streamIdleMs: durationMs(entry?.streamIdle ?? '30s'),
  };
}

/** Whole milliseconds, as the wire carries them. */
function toHeartbeat(section: unknown, problems: ConfigProblem[]): OrchestratorConfig['heartbeat'] {
  const entry = checkEntry(HeartbeatEntry, section ?? {}, ['heartbeat'], problems);
  const ms = (duration: Duration | undefined, otherwise: number) =>
    duration == null ? otherwise : Math.round(durationMs(duration));
  return {
    intervalMs: ms(entry?.interval, defaultHeartbeat.intervalMs),
    missed: entry?.missed ?? defaultHeartbeat.missed,
    slowMs: ms(entry?.slow, defaultHeartbeat.slowMs),
  };
}

function located(problems: readonly ConfigProblem[], { locate }: ParseConfigOptions): ConfigProblem[] {
  return problems.map((problem) => {
    const position = problem.position ?? locate?.(problem.path);
    return position ? { ...problem, position } : problem;
  });
}

function secretIn(reference: { secret: string } | null | undefined): string | undefined {
  return reference == null ? undefined : parseSecretReference(reference);
}
