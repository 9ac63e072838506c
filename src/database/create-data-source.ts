import type { DataSource, DataSourceOptions } from 'typeorm';
import type { TypeormOptions, EntitySource, MigrationSource } from '../container/index.js';
import type { DataSourceSchema, ReplicationNodes } from './data-source-schema.js';
import { DatabaseError } from './database-error.js';

/** As TypeORM takes them: a list, or an object that has them as its values, such as `import * as entities`. */
type Listed<T> = readonly T[] | Readonly<Record<string, T>>;

export interface CreateDataSourceOptions extends TypeormOptions {
  readonly entities?: Listed<EntitySource>;
  readonly migrations?: Listed<MigrationSource>;
}

/** How a DataSource of ours makes another. */
export const another = Symbol('another DataSource');

/** A DataSource of ours. */
export interface SharedDataSource extends DataSource {
  [another](schema: DataSourceSchema): DataSource;
}

/**
 * Another TypeORM DataSource to the database of an injected one, in both worlds, with entities and options of its own:
 * one for each tenant's schema, say. It is not initialized; whoever creates it destroys it before the module stops.
 * Takes no part in `@Transactional`. Throws CONFIGURATION for a DataSource that was not injected, and for an option that
 * says where or how to connect.
 */
export function createDataSource(injected: DataSource, options?: CreateDataSourceOptions): DataSource;
/**
 * The same with options as `new DataSource` takes them, `type` among them: what they say of address, login and driver is
 * the injected one's and not heeded, nodes of `replication` are all its database, and all else has TypeORM's own meaning
 * and defaults. Its pool is as large as they say, and under an orchestrator not larger than the module may have connections. Throws CONFIGURATION for the `type` of another engine, and for SQLite's `prepareDatabase`,
 * `verbose` and `key`.
 */
export function createDataSource(injected: DataSource, options: DataSourceOptions): DataSource;
export function createDataSource(
  injected: DataSource,
  options: CreateDataSourceOptions | DataSourceOptions = {},
): DataSource {
  if (!(another in injected)) {
    const message = 'createDataSource was given a DataSource that is none of this package; hand over an injected one';
    throw new DatabaseError('CONFIGURATION', message);
  }
  const { entities = [], migrations = [], ...rest } = options as CreateDataSourceOptions & WrittenForTypeorm;
  const { type, replication, ...typeorm } = rest;
  if (type === undefined) checkReach(rest);
  else checkWritten(type, typeorm, injected.options.type);
  return (injected as SharedDataSource)[another]({
    entities: Object.values<EntitySource>(entities),
    migrations: Object.values<MigrationSource>(migrations),
    typeorm: type === undefined ? typeorm : withoutReach(typeorm),
    synchronize: false,
    ...(type !== undefined && { type }),
    ...(replication && { replication }),
  });
}

interface WrittenForTypeorm {
  readonly type?: DataSourceOptions['type'];
  readonly replication?: ReplicationNodes;
}

/** The options of TypeORM that say where a database is, how one logs in, and how many connections there are. */
const reach =
  /^(?:url|host|port|username|password|database|ssl|socketPath|replication|driver|nativeDriver|connectorPackage|poolSize|connectTimeout(?:MS)?|acquireTimeout|insecureAuth|charset|flags|key|readonly|fileMustExist|nativeBinding|prepareDatabase|timeout)$/;

function checkReach(options: object): void {
  const found = Object.entries(options).find(([name, value]) => value !== undefined && reach.test(name));
  if (found === undefined) return;
  const message = `createDataSource connects as the injected DataSource does, so '${found[0]}' is not for it to choose: leave it out. Options written for TypeORM may be handed over whole, with their 'type'`;
  throw new DatabaseError('CONFIGURATION', message);
}

function checkWritten(type: string, options: object, own: string): void {
  if (engineOf(type) !== engineOf(own)) {
    const message = `createDataSource was given options for ${type}, and the injected DataSource is of ${own}`;
    throw new DatabaseError('CONFIGURATION', message);
  }
  const [found] = Object.entries(options).find(([name, value]) => Boolean(value) && engineSide.test(name)) ?? [];
  if (found === undefined) return;
  const message = `createDataSource was given '${found}', which reaches into the engine of the injected DataSource; leave it out`;
  throw new DatabaseError('CONFIGURATION', message);
}

/** Of SQLite: they would run where the file is open, in another process, or say how it is encrypted. */
const engineSide = /^(?:prepareDatabase|verbose|key)$/;

/** What TypeORM makes of the others, it does by itself. */
function withoutReach(options: object): object {
  const chosen = Object.entries(options).filter(
    ([name, value]) => value !== undefined && (!reach.test(name) || chosenWritten.test(name)),
  );
  return Object.fromEntries(chosen);
}

/** A pool, the character set and the flags of its connections, and how a SQLite file is opened, as far as that can be heeded. */
const chosenWritten = /^(?:poolSize|connectTimeout(?:MS)?|charset|flags|readonly|fileMustExist|nativeBinding|timeout)$/;

function engineOf(type: string): string {
  return { mariadb: 'mysql', 'better-sqlite3': 'sqlite' }[type] ?? type;
}
