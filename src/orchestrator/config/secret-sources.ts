import { resolve } from 'node:path';
import { checkEntry } from './check-entry.js';
import { SecretSourceEntry } from './config-entries.js';
import type { ConfigPath, ConfigProblem } from './config-problem.js';
import type { SecretSource } from './orchestrator-config.js';

/** The `secrets` list in order; without one, the environment variables that begin with `PYWATT_SECRET_`. */
export function parseSecretSources(
  section: unknown,
  baseDirectory: string,
  memoryAllowed: boolean,
  problems: ConfigProblem[],
): SecretSource[] {
  if (section === undefined || section === null) return [{ kind: 'env', prefix: 'PYWATT_SECRET_' }];
  if (!Array.isArray(section)) {
    problems.push({
      path: ['secrets'],
      message: 'must be a list, such as [{ file: ./secrets }, { env: PYWATT_SECRET_ }]',
    });
    return [];
  }
  return section.flatMap((value, index) => {
    const path = ['secrets', index];
    const entry = checkEntry(SecretSourceEntry, value, path, problems);
    return entry ? toSource(entry, path, baseDirectory, memoryAllowed, problems) : [];
  });
}

function toSource(
  entry: SecretSourceEntry,
  path: ConfigPath,
  baseDirectory: string,
  memoryAllowed: boolean,
  problems: ConfigProblem[],
): SecretSource[] {
  const { file, env, memory } = entry;
  if ([file, env, memory].filter((value) => value != null).length !== 1) {
    problems.push({ path, message: 'must have exactly one of the keys file, env, memory' });
    return [];
  }
  if (file != null) return [{ kind: 'file', directory: resolve(baseDirectory, file) }];
  if (env != null) return [{ kind: 'env', prefix: env }];
  if (!memoryAllowed) {
    problems.push({ path, message: 'would keep secrets in a configuration file: use { file: … } or { env: … }' });
  }
  return [{ kind: 'memory', values: memory ?? {} }];
}
