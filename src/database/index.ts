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
export { asDirectDatabase, type DirectDatabase } from './direct-database.js';
export { openDatabase, type OpenDatabaseOptions } from './open-database.js';
export { ProxiedDatabase } from './proxied-database.js';
export {
  isRelayed,
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
export type { ModuleLimits } from './relay/relay-broker.js';
export { checkProxiedDatabase, InjectRepository, type RepositoryOptions, repositoryToken } from './repository.js';
export {
  attachTransactions,
  Transactional,
  transactionalDatabases,
  type TransactionalMethod,
  transactionalMethods,
  type TransactionalOptions,
} from './transactional.js';

/** @internal To check a configuration before anything is opened. */
export { sqlitePathOf } from './sqlite/sqlite-url.js';
