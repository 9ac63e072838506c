import type { DataSource, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import type { CredentialUser, Logger } from '../foundation/index.js';
import type { BrokeredDatabase } from './database-broker.js';
import type { Database } from './database.js';
import type { ModuleLimits } from './pool-limits.js';
import type { TransactionalDatabase } from './transactional.js';

/** A database whose calls TypeORM makes, over connections of this process or of the orchestrator. */
export interface TypeormDatabase extends Database, TransactionalDatabase {
  /** TypeORM's own; its runners are pooled, one connection for each transaction. */
  readonly dataSource: DataSource;
  /** A plain TypeORM repository. In a `@Transactional` method it joins the transaction; elsewhere each call is one of its own. */
  repository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T>;
}

/** A database held by this process. Whoever opened it closes it. */
export interface DirectDatabase extends BrokeredDatabase, TypeormDatabase, AsyncDisposable {
  /** What it is, without credentials: `sqlite ./data.db`. */
  readonly description: string;
  /** Where its password is a secret: replaces it live, as `CredentialUser` says. */
  readonly prepare?: CredentialUser['prepare'] | undefined;
  /** The same for one module, within its limits; its end leaves this as it is. Of SQLite: the connections of others are limited by their relay. */
  forModule?(moduleId: string, limits: ModuleLimits, logger: Logger): Promise<DirectDatabase>;
}

export function isTypeormDatabase(database: Database): database is TypeormDatabase {
  return 'dataSource' in database && 'repository' in database;
}
