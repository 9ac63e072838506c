import { targetOf } from './import-table.js';
import type { SourceFile } from './source-file.js';

/** Packages a file may import: `now` when the module loads, `later` only through `await import()`. Types are always fine. */
export interface ThirdParties {
  readonly now?: readonly string[];
  readonly later?: readonly string[];
}

/**
 * Which part of src may load which package, by the longest matching path. What is `later` for most of a folder may be
 * `now` for a part of it that is itself only reached through `import()`: `heavyAtStart` looks at that.
 */
export const thirdParties: Readonly<Record<string, ThirdParties>> = {
  'src/': {},
  'src/foundation/': { later: ['cockatiel'] },
  'src/foundation/validate-as.ts': { later: ['class-validator', 'class-transformer'] },
  'src/container/': { now: ['inversify', '@inversifyjs/core', 'reflect-metadata'] },
  'src/database/': { later: ['typeorm', 'better-sqlite3', 'pg', 'pg-query-stream', 'mysql2'] },
  'src/database/typeorm/': { now: ['typeorm'], later: ['better-sqlite3', 'pg', 'pg-query-stream', 'mysql2'] },
  // The workers are programs of their own: each is started only when such a database is opened.
  'src/database/sqlite/sqlite-worker.ts': { now: ['better-sqlite3'] },
  'src/database/pglite/pglite-worker.ts': { now: ['@electric-sql/pglite'] },
  'src/database/pglite/pglite-extensions.ts': { now: ['@electric-sql/pglite'] },
  'src/cache/': { later: ['ioredis', 'memjs'] },
  'src/jwt/': { later: ['jose'] },
  'src/secrets/providers/store-key.ts': { later: ['age-encryption'] },
  'src/http/': {
    now: [
      '@inversifyjs/http-core',
      '@inversifyjs/framework-core',
      '@inversifyjs/core',
      'inversify',
      'reflect-metadata',
    ],
    later: ['@inversifyjs/http-hono', 'hono'],
  },
  'src/module/': { later: ['class-validator', 'class-transformer'] },
  'src/orchestrator/': { now: ['class-validator', 'class-transformer'], later: ['yaml', 'hono'] },
  'src/orchestrator/metrics/prometheus-text.ts': { now: ['prom-client'] },
};

/** A module must start without these when it does not use them: a proxied one opens no database and no cache. */
export const heavyPackages = [
  'typeorm',
  'better-sqlite3',
  '@electric-sql/pglite',
  'ioredis',
  'memjs',
  'hono',
  'class-validator',
  'class-transformer',
  'prom-client',
  'cockatiel',
  'jose',
];

/** Chains of imports that load a heavy package as soon as `entry` is imported. */
export function heavyAtStart(files: readonly SourceFile[], entry: string): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const visited = new Set<string>();
  const walk = (path: string, trail: readonly string[]): string[] => {
    const file = byPath.get(path);
    if (!file || visited.has(path)) return [];
    visited.add(path);
    return file.imports
      .filter(({ form }) => form === 'static')
      .flatMap(({ from }) => {
        if (from.startsWith('.')) return walk(targetOf(file, from), [...trail, path]);
        return heavyPackages.includes(packageOf(from)) ? [[...trail, path, from].join(' → ')] : [];
      });
  };
  return walk(entry, []);
}

const packageOf = (from: string): string =>
  from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');

/** Packages imported where, or in the way, the table does not allow. */
export function forbiddenThirdParties(
  files: readonly SourceFile[],
  table: Readonly<Record<string, ThirdParties>> = thirdParties,
): string[] {
  return files.flatMap((file) => {
    const { now = [], later = [] } = allowanceOf(file.path, table);
    return file.imports.flatMap(({ from, form }) => {
      if (form === 'type' || from.startsWith('.') || from.startsWith('node:')) return [];
      const name = packageOf(from);
      if (now.includes(name) || (form === 'dynamic' && later.includes(name))) return [];
      return [
        `${file.path}: may not import '${from}'${later.includes(name) ? ' when it loads, only through import()' : ''}`,
      ];
    });
  });
}

/** Packages, types included, that the installed package would not have beside it. */
export function undeclaredPackages(files: readonly SourceFile[], declared: readonly string[]): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter(({ from }) => !from.startsWith('.') && !from.startsWith('node:') && !declared.includes(packageOf(from)))
      .map(({ from }) => `${file.path}: '${from}' is not a dependency in package.json`),
  );
}

function allowanceOf(path: string, table: Readonly<Record<string, ThirdParties>>): ThirdParties {
  const prefix = Object.keys(table)
    .filter((candidate) => path.startsWith(candidate))
    .toSorted((a, b) => b.length - a.length)[0];
  return prefix === undefined ? {} : (table[prefix] ?? {});
}
