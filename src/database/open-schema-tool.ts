import type { TypeormDatabase } from './direct-database.js';
import type { SchemaTool } from './schema-change.js';

/** A tool for the schema of a database that was opened with entities or migrations. The database stays the caller's. */
export async function openSchemaTool(database: TypeormDatabase, name: string): Promise<SchemaTool> {
  const { TypeormSchemaTool } = await import('./typeorm/typeorm-schema-tool.js');
  const isSingleConnection = 'isSingleConnection' in database && database.isSingleConnection === true;
  return new TypeormSchemaTool({ name, dataSource: database.dataSource, isSingleConnection });
}
