import type { DataSourceOptions, EntitySchema } from 'typeorm';
import type { Class } from './class-metadata.js';

/** What TypeORM takes for entities: a class, a schema, or a pattern of files such as `dist/entities/*.js`. */
export type EntitySource = Class | EntitySchema | string;

/** A migration class, or a pattern of files that export some. */
export type MigrationSource = Class | string;

type PostgresOptions = Extract<DataSourceOptions, { readonly type: 'postgres' }>;
type MysqlOptions = Extract<DataSourceOptions, { readonly type: 'mysql' | 'mariadb' }>;

const everywhere = [
  'subscribers',
  'isolationLevel',
  'migrationsTableName',
  'migrationsTransactionMode',
  'migrationsRun',
  'metadataTableName',
  'namingStrategy',
  'logging',
  'logger',
  'maxQueryExecutionTime',
  'synchronize',
  'dropSchema',
  'entityPrefix',
  'entitySkipConstructor',
  'extra',
  'relationLoadStrategy',
  'cache',
  'isolateWhereStatements',
  'invalidWhereValuesBehavior',
] as const satisfies readonly (keyof PostgresOptions & keyof MysqlOptions)[];

const onPostgres = [
  'schema',
  'useUTC',
  'uuidExtension',
  'installExtensions',
  'extensions',
  'logNotifications',
  'parseInt8',
  'poolErrorHandler',
  'applicationName',
] as const satisfies readonly (keyof PostgresOptions)[];

const onMysql = [
  'timezone',
  'supportBigNumbers',
  'bigNumberStrings',
  'dateStrings',
  'debug',
  'trace',
  'multipleStatements',
  'legacySpatialSupport',
  'enableQueryTimeout',
] as const satisfies readonly (keyof MysqlOptions)[];

type Chosen = Pick<PostgresOptions, (typeof everywhere)[number] | (typeof onPostgres)[number]> &
  Pick<MysqlOptions, (typeof onMysql)[number]>;

/**
 * What a program chooses of a TypeORM DataSource, as TypeORM means it; the address, the login and the pool are its
 * world's. Those of one engine are not heeded on another, so that a module may run on several.
 */
export type TypeormOptions = Partial<Chosen>;

/** The names of all options. */
export const typeormOptionNames: readonly string[] = [...everywhere, ...onPostgres, ...onMysql];

/** Those that mean something on an engine. */
export function typeormOptionsOn(engine: 'postgres' | 'mysql' | 'sqlite', options: TypeormOptions): TypeormOptions {
  const names: readonly string[] = {
    postgres: [...everywhere, ...onPostgres],
    mysql: [...everywhere, ...onMysql],
    sqlite: everywhere,
  }[engine];
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
}

/**
 * The options of several modules for one database. Two that want different things are told to `conflict`; lists and plain
 * objects that say the same are no conflict.
 */
export function mergedTypeormOptions(
  known: TypeormOptions,
  added: TypeormOptions,
  conflict: (name: string) => void,
): TypeormOptions {
  const merged: Record<string, unknown> = { ...known };
  for (const [name, value] of Object.entries(added)) {
    const before = merged[name];
    if (name === 'subscribers') merged[name] = [...new Set([...listOf(before), ...listOf(value)])];
    else if (before !== undefined && !isSame(before, value)) conflict(name);
    else merged[name] = value;
  }
  return merged;
}

/** TypeORM takes a list, or an object that has the items as its values. */
function listOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

/** Lists and plain objects by what is in them; everything else (a naming strategy, a logger) by which one it is. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isPlain(one) || !isPlain(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
