export { afterCommit } from './after-commit.js';
export { type BrokeredDatabase, DatabaseBroker } from './database-broker.js';
export { DatabaseError, type DatabaseErrorFields, databaseErrorFrom, rebuildDatabaseError } from './database-error.js';
export { DatabaseRow } from './database-row.js';
export {
  type Database,
  databaseToken,
  InjectDatabase,
  type IsolationLevel,
  type QueryOptions,
  type SqlRunner,
  type SqlValue,
  type Transaction,
  type TransactionOptions,
} from './database.js';
export { type DirectDatabase, isTypeormDatabase, type TypeormDatabase } from './direct-database.js';
export { openDatabase, type OpenDatabaseOptions } from './open-database.js';
export { openRemoteDatabase, type RemoteSchema } from './open-remote-database.js';
export type { Propagation } from './propagation.js';
export { ProxiedDatabase } from './proxied-database.js';
export {
  dataSourceToken,
  InjectDataSource,
  InjectRepository,
  type RepositoryOptions,
  repositoryToken,
} from './repository.js';
export {
  attachTransactions,
  isTransactional,
  Transactional,
  type TransactionalDatabase,
  transactionalDatabases,
  type TransactionalMethod,
  transactionalMethods,
  type TransactionalOptions,
} from './transactional.js';

/** @internal To check a configuration before anything is opened. */
export { sqlitePathOf } from './sqlite/sqlite-url.js';
