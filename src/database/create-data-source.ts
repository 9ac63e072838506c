import type { DataSource } from 'typeorm';
import type { TypeormOptions, EntitySource, MigrationSource } from '../container/index.js';
import type { DataSourceSchema } from './data-source-schema.js';
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
 * Takes no part in `@Transactional`. Throws CONFIGURATION for a DataSource that was not injected.
 */
export function createDataSource(injected: DataSource, options: CreateDataSourceOptions = {}): DataSource {
  const { entities: givenEntities = [], migrations: givenMigrations = [], ...typeorm } = options;
  const entities = Object.values<EntitySource>(givenEntities);
  const migrations = Object.values<MigrationSource>(givenMigrations);
  if (another in injected)
    return (injected as SharedDataSource)[another]({ entities, migrations, typeorm, synchronize: false });
  const message = 'createDataSource was given a DataSource that is none of this package; hand over an injected one';
  throw new DatabaseError('CONFIGURATION', message);
}
