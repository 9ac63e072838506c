import { checkCacheOptions } from '../../cache/index.js';
import { checkDatabaseUrl, isServerUrl } from '../../database/index.js';
import { messageOf } from '../../foundation/index.js';
import type { ConfigPath, ConfigProblem } from './config-problem.js';
import type { OrchestratorConfig } from './orchestrator-config.js';

/** Adds every database and cache that cannot be meant, such as one of an engine that does not exist. Opens nothing. */
export function checkBackends(
  { databases, caches }: Pick<OrchestratorConfig, 'databases' | 'caches'>,
  problems: ConfigProblem[],
): void {
  for (const [name, { url, passwordSecret }] of databases) {
    check(() => checkDatabaseUrl(url, name), ['databases', name, 'url'], problems);
    if (passwordSecret === undefined) continue;
    const path = ['databases', name, 'password'];
    if (!isServerUrl(url)) problems.push({ path, message: 'is only for a server: leave it out' });
    else if (hasPassword(url)) problems.push({ path, message: 'stands in the URL, too: take it out there' });
  }
  const unasked = (secret: string | undefined) => (secret === undefined ? undefined : { secret, current: neverAsked });
  for (const [name, { passwordSecret, sentinelSecret, ...cache }] of caches) {
    const passwords = { password: unasked(passwordSecret), sentinelPassword: unasked(sentinelSecret) };
    check(() => checkCacheOptions({ name, ...cache, ...passwords }), ['caches', name], problems);
  }
}

function hasPassword(url: string): boolean {
  return URL.canParse(url) && new URL(url).password !== '';
}

function check(checks: () => void, path: ConfigPath, problems: ConfigProblem[]): void {
  try {
    checks();
  } catch (error) {
    problems.push({ path, message: messageOf(error) });
  }
}

/** Nothing is opened, so nobody asks for a password. */
function neverAsked(): Promise<never> {
  return Promise.reject(new Error('a check of the configuration opens nothing'));
}
