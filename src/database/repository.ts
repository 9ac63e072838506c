import type { DataSource, EntitySchema, ObjectLiteral, Repository } from 'typeorm';
import { type Class, type InjectDecorator, injectKey, resourceToken, type Token } from '../container/index.js';

/** The options of a `repository` resource. */
export interface RepositoryOptions {
  readonly entity: Class | EntitySchema;
  readonly database: string;
}

const tokens = new WeakMap<object, Map<string, Token<unknown>>>();

/** The token of the TypeORM repository of an entity in the database called `database`. */
export function repositoryToken<T extends ObjectLiteral>(
  entity: Class<T> | EntitySchema<T>,
  database = 'default',
): Token<Repository<T>> {
  const byDatabase = tokens.get(entity) ?? new Map<string, Token<unknown>>();
  tokens.set(entity, byDatabase);
  let token = byDatabase.get(database);
  if (token === undefined) {
    const options: RepositoryOptions = { entity, database };
    const own = typeof entity === 'function' ? entity.name : entity.options.name;
    const name = database === 'default' ? own : `${own} in ${database}`;
    // Two entities may have the same name, so the class and not its name makes the token.
    token = resourceToken<unknown>({ kind: 'repository', name, options }, `repository:${crypto.randomUUID()}`);
    byDatabase.set(database, token);
  }
  return token as Token<Repository<T>>;
}

/**
 * Injects the TypeORM repository of an entity. The module lists it: in `entities` for the default database, in
 * `databases: { analytics: { entities } }` for the one called `analytics`; otherwise it does not boot.
 */
export function InjectRepository<T extends ObjectLiteral>(
  entity: Class<T> | EntitySchema<T>,
  database = 'default',
): InjectDecorator {
  return injectKey('@InjectRepository', entity === undefined ? undefined : repositoryToken(entity, database));
}

/** The token of the TypeORM DataSource of the database called `name`. */
export function dataSourceToken(name = 'default'): Token<DataSource> {
  return resourceToken<DataSource>({ kind: 'data-source', name });
}

/**
 * Injects the TypeORM DataSource of a database. It is open already and the SDK closes it; `dataSource.manager` and its
 * query builders join a `@Transactional` method as repositories do.
 */
export function InjectDataSource(name = 'default'): InjectDecorator {
  return injectKey('@InjectDataSource', dataSourceToken(name));
}
