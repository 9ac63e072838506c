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
export { checkDatabaseUrl, openDatabase, type OpenDatabaseOptions } from './open-database.js';
export { openSchemaTool } from './open-schema-tool.js';
export type { MigrationStatus, SchemaChange, SchemaDiff, SchemaTool } from './schema-change.js';
export { createDataSource, type CreateDataSourceOptions } from './create-data-source.js';
export type { DataSourceSchema } from './data-source-schema.js';
export { openRemoteDatabase } from './open-remote-database.js';
export type { Propagation } from './propagation.js';
export { ProxiedDatabase } from './proxied-database.js';
export {
  isServerUrl,
  openRelay,
  type OpenRelayOptions,
  type RelayedDatabase,
  type RelayPoolOptions,
} from './relay/open-relay.js';
export { LazyDatabase, type LazyDatabaseOptions } from './relay/lazy-database.js';
export {
  openRelayedDatabase,
  type RelayedDatabaseOptions,
  type RelayedEngine,
  relayedEngineOf,
} from './relay/open-relayed-database.js';
export { openRelayedStream, type RelaySession } from './relay/open-relayed-stream.js';
export { openSharedDatabase, type SharedDatabaseOptions } from './relay/open-shared-database.js';
export type { ModuleLimits } from './pool-limits.js';
export {
  dataSourceToken,
  InjectDataSource,
  InjectRepository,
  type RepositoryOptions,
  repositoryToken,
} from './repository.js';
export { LivePassword, type LivePasswordOptions } from './server/live-password.js';
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
