import { DataSource, type DataSourceOptions } from 'typeorm';
import { quietLogger } from './quiet-logger.js';
import { SqliteDriver, type SqliteDriverOptions } from './sqlite-driver.js';
import type { SqliteQueryRunner } from './sqlite-query-runner.js';

export interface SqliteDataSourceOptions extends SqliteDriverOptions {
  readonly entities: NonNullable<DataSourceOptions['entities']>;
  readonly migrations: NonNullable<DataSourceOptions['migrations']>;
  readonly synchronize: boolean;
}

/** A TypeORM DataSource over our sessions. TypeORM chooses drivers in a closed switch, so this one takes its place afterwards. */
export class SqliteDataSource extends DataSource {
  declare driver: SqliteDriver;

  constructor(options: SqliteDataSourceOptions) {
    const { entities, migrations, synchronize, sessions } = options;
    const database = sessions.path;
    super({ type: 'better-sqlite3', database, driver: {}, entities, migrations, synchronize, logger: quietLogger });
    this.driver = new SqliteDriver(this, options);
  }

  /** A runner of its own, wherever the caller stands. Whoever asks for it ends it. */
  createOwnQueryRunner(): SqliteQueryRunner {
    const runner = this.driver.createOwnQueryRunner();
    return Object.assign(runner, { manager: this.createEntityManager(runner) });
  }
}
