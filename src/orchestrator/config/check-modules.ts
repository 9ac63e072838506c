import { didYouMean, isJsonObject } from '../../foundation/index.js';
import type { ConfigPath, ConfigProblem } from './config-problem.js';
import type { CacheGrant } from './grants.js';
import { parseCacheGrants } from './parse-cache-grants.js';

const examples = {
  databases: "{ url: 'sqlite:./.pywatt/app.db' }",
  caches: "{ url: 'memory:' }",
} as const;

/** What the program brings that starts the orchestrator. */
export interface GivenInCode {
  /** Modules whose launcher needs no command. */
  readonly launched: ReadonlySet<string>;
  /** Names of caches. */
  readonly caches: readonly string[];
}

/**
 * What a module needs beyond well-formed values: a command, and every database, cache and token that it reaches through the
 * orchestrator. Looks at the configuration as written, so that it finds these mistakes in entries with others too.
 */
export function checkModules(root: unknown, given: GivenInCode, problems: ConfigProblem[]): void {
  const modules = isJsonObject(root) ? root['modules'] : undefined;
  if (!isJsonObject(root) || !isJsonObject(modules)) return;
  for (const [id, module] of Object.entries(modules)) {
    if (!isJsonObject(module)) continue;
    if (module['command'] == null && !given.launched.has(id)) {
      const message = "is missing: write what starts it, such as 'node dist/main.js'";
      problems.push({ path: ['modules', id, 'command'], message });
    }
    if (hasJwt(module['jwt']) && root['jwt'] == null) {
      const message = 'is granted, but there are no tokens: add jwt: { algorithm: HS256, secret: { secret: JWT_KEY } }';
      problems.push({ path: ['modules', id, 'jwt'], message });
    }
    for (const section of ['databases', 'caches'] as const) {
      const configured = isJsonObject(root[section]) ? Object.keys(root[section]) : [];
      const known = section === 'caches' ? [...configured, ...given.caches] : configured;
      checkGrants(grantsIn(module[section]), section, known, ['modules', id, section], problems);
    }
  }
}

const hasJwt = (grant: unknown): boolean => grant === true || grant === 'verify';

function checkGrants(
  grants: ReadonlyMap<string, CacheGrant>,
  section: keyof typeof examples,
  configured: readonly string[],
  path: ConfigPath,
  problems: ConfigProblem[],
): void {
  for (const [name, kind] of grants) {
    if (kind === 'direct' || configured.includes(name)) continue;
    const cure = didYouMean(name, configured) || `: add ${section}: { ${name}: ${examples[section]} }`;
    problems.push({ path, message: `'${name}' is not configured${cure}` });
  }
}

function grantsIn(value: unknown): ReadonlyMap<string, CacheGrant> {
  try {
    return parseCacheGrants(value ?? []);
  } catch {
    return new Map();
  }
}
