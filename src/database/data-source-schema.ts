import type { DataSourceOptions } from 'typeorm';
import type { EntitySource, MigrationSource, TypeormOptions } from '../container/index.js';

/** What a program tells its DataSource, and never where that connects. */
export interface DataSourceSchema {
  readonly entities: readonly EntitySource[];
  readonly migrations: readonly MigrationSource[];
  readonly typeorm: TypeormOptions;
  /** Creates and alters the tables of the entities, unless `typeorm` says otherwise. */
  readonly synchronize: boolean;
  /** Which of the dialects of its engine the program takes the database for; its own by default. */
  readonly type?: DataSourceOptions['type'];
  /** TypeORM chooses among nodes by what a statement does; they are all the one database. */
  readonly replication?: ReplicationNodes;
}

/** TypeORM's `replication`. */
export interface ReplicationNodes {
  readonly master: ReplicationNode;
  readonly slaves: readonly ReplicationNode[];
}

interface ReplicationNode {
  /** For PostgreSQL. */
  readonly applicationName?: string;
}
