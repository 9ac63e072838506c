import type { EntitySource, MigrationSource, TypeormOptions } from '../container/index.js';

/** What a program tells its DataSource, and never where that connects. */
export interface DataSourceSchema {
  readonly entities: readonly EntitySource[];
  readonly migrations: readonly MigrationSource[];
  readonly typeorm: TypeormOptions;
  /** Creates and alters the tables of the entities, unless `typeorm` says otherwise. */
  readonly synchronize: boolean;
}
