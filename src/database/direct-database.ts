import type { DataSource, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import type { BrokeredDatabase } from './database-broker.js';
import type { Database } from './database.js';

/** A database held by this process. Whoever opened it closes it. */
export interface DirectDatabase extends BrokeredDatabase, AsyncDisposable {
  /** What it is, without credentials: `sqlite ./data.db`. */
  readonly description: string;
  /** TypeORM's own; its runners are pooled, one connection for each transaction. */
  readonly dataSource: DataSource;
  /** A plain TypeORM repository. In a `@Transactional` method it joins the transaction; elsewhere each call is one of its own. */
  repository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T>;
  /** Runs `work` in a transaction that every call on this database joins, repositories included: what `@Transactional` does. */
  transactional<T>(work: () => Promise<T>): Promise<T>;
}

/** The database as a direct one, if it is. */
export function asDirectDatabase(database: Database): DirectDatabase | undefined {
  return 'dataSource' in database && 'transactional' in database ? (database as DirectDatabase) : undefined;
}
