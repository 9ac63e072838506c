import type { ObjectLiteral, Repository } from 'typeorm';
import {
  type Class,
  describeKey,
  type InjectDecorator,
  injectKey,
  type Problem,
  type ResourceUse,
  resourceToken,
  type Token,
} from '../container/index.js';
import { transactionalMethods } from './transactional.js';

/** The options of a `repository` resource. */
export interface RepositoryOptions {
  readonly entity: Class;
  readonly database: string;
}

const tokens = new WeakMap<Class, Map<string, Token<unknown>>>();

/** The token of the TypeORM repository of an entity in the database called `database`. */
export function repositoryToken<T extends ObjectLiteral>(entity: Class<T>, database = 'default'): Token<Repository<T>> {
  const byDatabase = tokens.get(entity) ?? new Map<string, Token<unknown>>();
  tokens.set(entity, byDatabase);
  let token = byDatabase.get(database);
  if (token === undefined) {
    const options: RepositoryOptions = { entity, database };
    const name = database === 'default' ? entity.name : `${entity.name} in ${database}`;
    // Two entities may have the same name, so the class and not its name makes the token.
    token = resourceToken<unknown>({ kind: 'repository', name, options }, `repository:${crypto.randomUUID()}`);
    byDatabase.set(database, token);
  }
  return token as Token<Repository<T>>;
}

/** Injects the TypeORM repository of an entity, which must be in the `entities` of the module. */
export function InjectRepository<T extends ObjectLiteral>(entity: Class<T>, database = 'default'): InjectDecorator {
  return injectKey('@InjectRepository', entity === undefined ? undefined : repositoryToken(entity, database));
}

/**
 * What does not work yet where the database is proxied: repositories and `@Transactional` methods. `classes` are those
 * the container makes, `resources` all that is injected; `isProxied` tells for each database.
 */
export function checkProxiedDatabase(
  classes: Iterable<Class>,
  resources: Iterable<ResourceUse>,
  isProxied: (database: string) => boolean = () => true,
): Problem[] {
  const problems: Problem[] = [];
  const refuse = (where: string, what: string, database: string) => {
    if (!isProxied(database)) return;
    const message = `${what} needs a direct connection, and database '${database}' is proxied: use Database.query and Database.transaction instead`;
    problems.push({ code: 'PROXIED_REPOSITORY', where, message });
  };
  for (const { where, resource } of resources) {
    if (resource.kind !== 'repository') continue;
    const { entity, database } = resource.options as RepositoryOptions;
    refuse(where, `the repository of ${describeKey(entity)}`, database);
  }
  for (const owner of new Set(classes)) {
    for (const { method, database } of transactionalMethods.of(owner))
      refuse(`${describeKey(owner)}.${method}`, '@Transactional', database);
  }
  return problems;
}
