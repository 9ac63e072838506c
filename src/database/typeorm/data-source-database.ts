import type { DataSource, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { DatabaseClient } from '../database-client.js';
import { DatabaseError } from '../database-error.js';
import type { DatabaseLink } from '../database-link.js';
import type { DirectDatabase } from '../direct-database.js';

/** A database over a TypeORM DataSource, which every engine is, in both worlds. */
export abstract class DataSourceDatabase extends DatabaseClient implements DirectDatabase {
  readonly description: string;
  readonly dataSource: DataSource;

  constructor(name: string, link: DatabaseLink, dataSource: DataSource, description: string) {
    super(name, link);
    this.dataSource = dataSource;
    this.description = description;
  }

  repository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T> {
    if (this.dataSource.hasMetadata(entity)) return this.dataSource.getRepository(entity);
    const entityName =
      typeof entity === 'function' ? entity.name : typeof entity === 'string' ? entity : 'given by a schema';
    throw new DatabaseError(
      'CONFIGURATION',
      `database '${this.name}' does not know the entity ${entityName}; list it in the entities of @Module, or in those of databases.${this.name}`,
    );
  }

  protected endedError(): DatabaseError {
    return new DatabaseError(
      'TRANSACTION',
      `database '${this.name}': the transaction of this @Transactional method has ended; it takes no more calls`,
    );
  }
}
