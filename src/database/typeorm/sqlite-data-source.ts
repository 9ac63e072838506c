import { DataSource } from 'typeorm';
import { another, type SharedDataSource } from '../create-data-source.js';
import { DatabaseError } from '../database-error.js';
import type { DataSourceSchema } from '../data-source-schema.js';
import { SharedSessions } from '../sqlite/shared-sessions.js';
import { dataSourceOptions } from './data-source-options.js';
import { SqliteDriver, type SqliteDriverOptions } from './sqlite-driver.js';
import type { SqliteQueryRunner } from './sqlite-query-runner.js';

export interface SqliteDataSourceOptions extends Omit<SqliteDriverOptions, 'roundsIntegers'> {
  readonly schema: DataSourceSchema;
}

/** What TypeORM's own driver would open a file with, where a program makes a DataSource of the options of one of ours. */
class OutOfReach {
  constructor() {
    const message =
      'a SQLite database of this package is out of reach of new DataSource(options); make another with createDataSource';
    throw new DatabaseError('CONFIGURATION', message);
  }
}

/** A TypeORM DataSource over our sessions. TypeORM chooses drivers in a closed switch, so this one takes its place afterwards. */
export class SqliteDataSource extends DataSource implements SharedDataSource {
  declare driver: SqliteDriver;
  readonly #options: SqliteDriverOptions;

  constructor(options: SqliteDataSourceOptions) {
    const engine = { type: 'better-sqlite3', database: options.sessions.path, driver: OutOfReach } as const;
    super(dataSourceOptions(engine, options.schema));
    this.driver = new SqliteDriver(this, { ...options, roundsIntegers: options.schema.type !== undefined });
    this.#options = options;
  }

  /** On the same connections. */
  [another](schema: DataSourceSchema): DataSource {
    const { sessions, statementTimeoutMs } = this.#options;
    const shared = new SharedSessions(sessions);
    return new SqliteDataSource({ sessions: shared, statementTimeoutMs, schema, place: () => ({ kind: 'free' }) });
  }

  /** A runner of its own, wherever the caller stands. Whoever asks for it ends it. */
  createOwnQueryRunner(): SqliteQueryRunner {
    const runner = this.driver.createOwnQueryRunner();
    return Object.assign(runner, { manager: this.createEntityManager(runner) });
  }
}
