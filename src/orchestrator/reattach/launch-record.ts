import { createHash } from 'node:crypto';
import { isJsonObject } from '../../foundation/index.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';

/** What an orchestrator leaves of a launch for the one after it. No secret: of the ticket only its hash. */
export interface LaunchRecord {
  readonly moduleId: string;
  readonly launchId: string;
  readonly pid: number;
  /** As `processIdentity` tells it. */
  readonly identity: string;
  readonly ticketHash: string;
  /** `configurationOf` the module when it was launched. */
  readonly configuration: string;
  readonly ports: readonly number[];
}

/** Changes whenever something of a module's configuration does that a running module cannot follow. */
export function configurationOf(config: ModuleConfig): string {
  const { command, cwd, databases, caches, services, serves, secrets, env, channels, tls, reattachMs } = config;
  const sorted = (entries: Iterable<readonly [string, unknown]>) =>
    [...entries].sort(([one], [other]) => (one < other ? -1 : 1));
  const followed = [
    command,
    cwd,
    ...[databases, caches, services].map(sorted),
    [...serves].sort(),
    [...secrets].sort(),
    sorted(Object.entries(env)),
    [...channels],
    tls,
    reattachMs,
  ];
  return createHash('sha256').update(JSON.stringify(followed)).digest('base64url');
}

export function readLaunchRecord(value: unknown): LaunchRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const texts = ['moduleId', 'launchId', 'identity', 'ticketHash', 'configuration'];
  const { pid, ports } = value;
  const isRecord =
    texts.every((name) => typeof value[name] === 'string') &&
    Number.isSafeInteger(pid) &&
    // 0 and 1 are no modules, and as groups they would be everything.
    (pid as number) > 1 &&
    Array.isArray(ports) &&
    ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  return isRecord ? (value as unknown as LaunchRecord) : undefined;
}
