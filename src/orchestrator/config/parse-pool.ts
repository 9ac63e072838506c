import type { ModuleLimits } from '../../database/index.js';
import { type Duration, durationMs, isJsonObject } from '../../foundation/index.js';
import { checkEntry } from './check-entry.js';
import { PoolEntry, PoolLimitsEntry } from './config-entries.js';
import type { ConfigPath, ConfigProblem } from './config-problem.js';
import type { PoolConfig } from './orchestrator-config.js';

/** How the modules share one database, with every default filled in. */
export function parsePool(section: unknown, url: string, path: ConfigPath, problems: ConfigProblem[]): PoolConfig {
  const entry = checkEntry(PoolEntry, section ?? {}, path, problems) ?? new PoolEntry();
  const isSqlite = /^sqlite:/i.test(url);
  const max = entry.max ?? (isSqlite ? 8 : 10);
  const limits = limitsOf(entry, {
    connections: max,
    // Of a server a module asks for no more connections than it may have; of SQLite each statement waits here.
    queueLength: isSqlite ? 10_000 : 1_000,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
  });
  const modules = new Map<string, ModuleLimits>();
  if (entry.modules !== undefined && !isJsonObject(entry.modules)) {
    problems.push({ path: [...path, 'modules'], message: 'must map ids of modules to limits' });
  } else {
    for (const [id, value] of Object.entries(entry.modules ?? {})) {
      const own = checkEntry(PoolLimitsEntry, value, [...path, 'modules', id], problems);
      if (own) modules.set(id, limitsOf(own, limits));
    }
  }
  for (const [id, { connections }] of [['', limits] as const, ...modules]) {
    if (connections <= max) continue;
    const where = id === '' ? path : [...path, 'modules', id];
    problems.push({ path: [...where, 'connections'], message: `must not be above max, which is ${max}` });
  }
  return { max, idleTimeoutMs: ms(entry.idleTimeout, 10_000), limits, modules };
}

function limitsOf(entry: PoolLimitsEntry, otherwise: ModuleLimits): ModuleLimits {
  return {
    connections: entry.connections ?? otherwise.connections,
    queueLength: entry.queue ?? otherwise.queueLength,
    acquireTimeoutMs: ms(entry.acquireTimeout, otherwise.acquireTimeoutMs),
    statementTimeoutMs: ms(entry.statementTimeout, otherwise.statementTimeoutMs),
    idleInTransactionTimeoutMs: ms(entry.idleInTransactionTimeout, otherwise.idleInTransactionTimeoutMs),
  };
}

function ms(duration: Duration | undefined, otherwise: number): number {
  return duration == null ? otherwise : durationMs(duration);
}
