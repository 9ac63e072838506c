import { checkCacheOptions } from '../../cache/index.js';
import { checkDatabaseUrl } from '../../database/index.js';
import { messageOf } from '../../foundation/index.js';
import type { ConfigPath, ConfigProblem } from './config-problem.js';
import type { OrchestratorConfig } from './orchestrator-config.js';

/** Adds every database and cache that cannot be meant, such as one of an engine that does not exist. Opens nothing. */
export function checkBackends(
  { databases, caches }: Pick<OrchestratorConfig, 'databases' | 'caches'>,
  problems: ConfigProblem[],
): void {
  for (const [name, { url }] of databases) {
    check(() => checkDatabaseUrl(url, name), ['databases', name, 'url'], problems);
  }
  for (const [name, cache] of caches) check(() => checkCacheOptions({ name, ...cache }), ['caches', name], problems);
}

function check(checks: () => void, path: ConfigPath, problems: ConfigProblem[]): void {
  try {
    checks();
  } catch (error) {
    problems.push({ path, message: messageOf(error) });
  }
}
