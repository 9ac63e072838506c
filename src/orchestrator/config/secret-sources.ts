import { resolve } from 'node:path';
import { durationMs } from '../../foundation/index.js';
import { checkEntry } from './check-entry.js';
import type { ConfigPath, ConfigProblem } from './config-problem.js';
import type { SecretSource } from './orchestrator-config.js';
import { DotenvEntry, FilesEntry, SecretSourceEntry, StoreEntry } from './secret-entries.js';

const kinds = ['file', 'env', 'dotenv', 'store', 'memory'] as const;

/** What a source may need to know beyond its entry. */
interface Surroundings {
  readonly baseDirectory: string;
  readonly memoryAllowed: boolean;
  readonly problems: ConfigProblem[];
  readonly env: NodeJS.ProcessEnv;
}

/** The `secrets` list in order; without one, the environment variables that begin with `PYWATT_SECRET_`. */
export function parseSecretSources(
  section: unknown,
  baseDirectory: string,
  memoryAllowed: boolean,
  problems: ConfigProblem[],
  env: NodeJS.ProcessEnv = process.env,
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
    return entry ? toSource(entry, path, { baseDirectory, memoryAllowed, problems, env }) : [];
  });
}

function toSource(entry: SecretSourceEntry, path: ConfigPath, around: Surroundings): SecretSource[] {
  const present = kinds.filter((kind) => entry[kind] != null);
  const [kind] = present;
  if (!kind || present.length > 1) {
    around.problems.push({ path, message: `must have exactly one of the keys ${kinds.join(', ')}` });
    return [];
  }
  const source = readers[kind](entry[kind], [...path, kind], around);
  return source ? [source] : [];
}

type Reader = (value: unknown, path: ConfigPath, around: Surroundings) => SecretSource | undefined;

const readers: Readonly<Record<(typeof kinds)[number], Reader>> = {
  file(value, path, { baseDirectory, problems, env }) {
    const entry = checkEntry(FilesEntry, typeof value === 'string' ? { path: value } : value, path, problems);
    const directory = entry && directoryOf(entry.path, path, problems, env);
    if (!entry || directory === undefined) return undefined;
    return { kind: 'file', directory: resolve(baseDirectory, directory), ...pollOf(entry) };
  },
  env: (value) => ({ kind: 'env', prefix: String(value) }),
  dotenv(value, path, { baseDirectory, problems, env }) {
    const entry = checkEntry(DotenvEntry, typeof value === 'string' ? { path: value } : value, path, problems);
    if (!entry) return undefined;
    if (env['NODE_ENV'] === 'production' && entry.production !== true) {
      const message =
        'is for development, and NODE_ENV is production: use file or store, or say { path: …, production: true }';
      problems.push({ path, message });
    }
    return { kind: 'dotenv', path: resolve(baseDirectory, entry.path), ...pollOf(entry) };
  },
  store(value, path, { baseDirectory, problems }) {
    const entry = checkEntry(StoreEntry, typeof value === 'string' ? { path: value } : value, path, problems);
    if (!entry) return undefined;
    const { keyFile, passphraseFile, passphraseFd, keep } = entry;
    if ([keyFile, passphraseFile, passphraseFd].filter((key) => key != null).length > 1)
      problems.push({ path, message: 'must have at most one of keyFile, passphraseFile, passphraseFd' });
    return {
      kind: 'store',
      path: resolve(baseDirectory, entry.path),
      unlock:
        keyFile != null
          ? { by: 'key', file: resolve(baseDirectory, keyFile) }
          : passphraseFile != null
            ? { by: 'passphrase', file: resolve(baseDirectory, passphraseFile) }
            : passphraseFd != null
              ? { by: 'passphrase', fd: passphraseFd }
              : { by: 'prompt' },
      ...(keep != null && { keep }),
      ...pollOf(entry),
    };
  },
  memory(value, path, { memoryAllowed, problems }) {
    if (!memoryAllowed) {
      const message = 'would keep secrets in a configuration file: use { file: … } or { env: … }';
      problems.push({ path: path.slice(0, -1), message });
    }
    return { kind: 'memory', values: value as Record<string, string> };
  },
};

/** `$CREDENTIALS_DIRECTORY`, as systemd names where it puts credentials, or a path. */
function directoryOf(
  text: string,
  path: ConfigPath,
  problems: ConfigProblem[],
  env: NodeJS.ProcessEnv,
): string | undefined {
  const [, variable] = /^\$\{?(\w+)\}?$/.exec(text) ?? [];
  if (variable === undefined) return text;
  const value = env[variable];
  if (!value) problems.push({ path, message: `names the variable ${variable}, which is not set` });
  return value || undefined;
}

function pollOf({ poll }: FilesEntry): { pollMs?: number } {
  return poll == null ? {} : { pollMs: durationMs(poll) };
}
