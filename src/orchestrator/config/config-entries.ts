import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Duration } from '../../foundation/index.js';
import { type JwtAlgorithm, jwtAlgorithms } from '../../jwt/index.js';
import {
  parseAudience,
  parseCommand,
  parseCount,
  parseDuration,
  parseEnvironment,
  parseGrants,
  parseJwtGrant,
  parseServiceIds,
  parseNesting,
  parseSecretReference,
  parseLineSize,
  parseSize,
  parseText,
  parseWait,
} from './config-values.js';
import { parseChannels } from './channel-entries.js';
import { parseListenAddress } from './listen-address.js';
import { type ModuleKind, type QuirkName, parseModuleKind, parseQuirks } from '../hosting/quirk-names.js';
import { type ModuleConfigInput, type RestartPolicy, restartPolicies } from './config-input.js';
import type { CacheGrantInput, GrantKind } from './grants.js';
import { parseCacheGrants } from './parse-cache-grants.js';
import { Parses } from './parses.js';
import { parsePortRange } from './port-range.js';
import { parseSecretGrants } from './secret-entries.js';

// The entries of a configuration as written, one class each. What they mean is worked out by parseConfig.

export class ModuleEntry {
  @IsOptional() @Parses(parseCommand) command?: string | string[];
  @IsOptional() @Parses(parseText) cwd?: string;
  @IsOptional() @Parses(parseText) module?: string;
  @IsOptional() @Parses(parseGrants) databases?: string[] | Record<string, GrantKind>;
  @IsOptional() @Parses(parseCacheGrants) caches?: string[] | Record<string, CacheGrantInput>;
  @IsOptional() @Parses(parseGrants) services?: string[] | Record<string, GrantKind>;
  @IsOptional() @Parses(parseServiceIds) serves?: string[];
  @IsOptional() @Parses(parseSecretGrants) secrets?: ModuleConfigInput['secrets'];
  @IsOptional() @Parses(parseJwtGrant) jwt?: boolean | 'verify';
  @IsOptional() @Parses(parseEnvironment) env?: Record<string, string | number | boolean>;
  @IsOptional() @Parses(parseChannels) channels?: ModuleConfigInput['channels'];
  @IsOptional() tls?: unknown;
  @IsOptional() @IsIn(restartPolicies, { message: `must be ${restartPolicies.join(', ')}` }) restart?: RestartPolicy;
  @IsOptional() @Parses(parseWait) reattach?: Duration;
  @IsOptional() @Parses(parseDuration) shutdownGrace?: Duration;
  @IsOptional() @Parses(parseWait) announceTimeout?: Duration;
  @IsOptional() @Parses(parseModuleKind) kind?: ModuleKind;
  @IsOptional() @Parses(parseQuirks) quirks?: QuirkName[];
}

export class DatabaseEntry {
  @Parses(parseText) url!: string;
  @IsOptional() @Parses(parseSecretReference) password?: { secret: string };
  @IsOptional() pool?: unknown;
}

export class PoolLimitsEntry {
  @IsOptional() @Parses(parseCount) connections?: number;
  @IsOptional() @Parses(parseCount) queue?: number;
  @IsOptional() @Parses(parseWait) acquireTimeout?: Duration;
  @IsOptional() @Parses(parseDuration) statementTimeout?: Duration;
  @IsOptional() @Parses(parseDuration) idleInTransactionTimeout?: Duration;
}

export class PoolEntry extends PoolLimitsEntry {
  @IsOptional() @Parses(parseCount) max?: number;
  @IsOptional() @Parses(parseWait) idleTimeout?: Duration;
  @IsOptional() modules?: unknown;
}

export class CacheEntry {
  @Parses(parseText) url!: string;
  @IsOptional() @Parses(parseText) policy?: string;
  @IsOptional() @Parses(parseSize) max?: string | number;
  @IsOptional() @Parses(parseCount) maxEntries?: number;
  @IsOptional() @Parses(parseWait) defaultTtl?: Duration;
  @IsOptional() @IsBoolean({ message: 'must be true or false' }) sliding?: boolean;
  @IsOptional() @Parses(parseWait) timeout?: Duration;
  @IsOptional() @Parses(parseText) onFailure?: string;
  @IsOptional() @Parses(parseSecretReference) password?: { secret: string };
  @IsOptional() @Parses(parseSecretReference) sentinelPassword?: { secret: string };
}

export class JwtEntry {
  @IsOptional() @IsIn(jwtAlgorithms, { message: `must be ${jwtAlgorithms.join(', ')}` }) algorithm?: JwtAlgorithm;
  @Parses(parseSecretReference) secret!: { secret: string };
  @IsOptional() @Parses(parseText) issuer?: string;
  @IsOptional() @Parses(parseAudience) audience?: string | string[];
  @IsOptional() @Parses(parseWait) expiresIn?: Duration;
  @IsOptional() @Parses(parseDuration) clockTolerance?: Duration;
  @IsOptional() @Parses(parseDuration) overlap?: Duration;
}

export class PortsEntry {
  @Parses(parsePortRange) range!: string;
}

export class GatewayEntry {
  @IsOptional() @Parses(parseListenAddress) listen?: string;
  @IsOptional() @Parses(parseWait) requestTimeout?: Duration;
  @IsOptional() @Parses(parseSize) maxBody?: string | number;
}

export class WireEntry {
  @IsOptional() @Parses(parseLineSize) maxLine?: string | number;
  @IsOptional() @Parses(parseLineSize) maxInitLine?: string | number;
  @IsOptional() @Parses(parseSize) maxQueue?: string | number;
  @IsOptional() @Parses(parseNesting) nesting?: number;
  @IsOptional() @Parses(parseSize) streamWindow?: string | number;
  @IsOptional() @Parses(parseSize) streamChunk?: string | number;
  @IsOptional() @Parses(parseSize) streamQueue?: string | number;
  @IsOptional() @Parses(parseCount) maxStreams?: number;
  @IsOptional() @Parses(parseWait) streamIdle?: Duration;
}

const missedRule = { message: 'must be a whole number from 1 to 1000' };

export class HeartbeatEntry {
  @IsOptional() @Parses(parseWait) interval?: Duration;
  @IsOptional() @IsInt(missedRule) @Min(1, missedRule) @Max(1_000, missedRule) missed?: number;
  @IsOptional() @Parses(parseWait) slow?: Duration;
}

/** The top level: here only which keys exist; parseConfig goes through what is below them. */
export class RootEntry {
  @IsOptional() modules?: unknown;
  @IsOptional() databases?: unknown;
  @IsOptional() caches?: unknown;
  @IsOptional() jwt?: unknown;
  @IsOptional() secrets?: unknown;
  @IsOptional() ports?: unknown;
  @IsOptional() gateway?: unknown;
  @IsOptional() channels?: unknown;
  @IsOptional() wire?: unknown;
  @IsOptional() heartbeat?: unknown;
  @IsOptional() @Parses(parseText) state?: string;
  @IsOptional() standalone?: unknown;
}
