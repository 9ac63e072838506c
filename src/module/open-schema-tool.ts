import type { Duplex } from 'node:stream';
import type { Class, TypeormOptions } from '../container/index.js';
import { isTypeormDatabase, openSchemaTool as toolFor, type SchemaTool } from '../database/index.js';
import type { Logger } from '../foundation/index.js';
import { FrameChannel, ModuleSession } from '../wire/index.js';
import { checkedGraph } from './graph-problems.js';
import { openProxiedDatabase } from './open-proxied-database.js';
import { databaseUse } from './open-resources.js';

export interface OpenSchemaToolOptions {
  /** The name of the database. */
  readonly database: string;
  /** A socket on which an orchestrator speaks the wire. */
  readonly connect: () => Promise<Duplex>;
  /** Whether it will migrate: then the extensions that the module asks for are installed before. */
  readonly migrates: boolean;
  readonly logger: Logger;
}

export interface OpenedSchemaTool {
  readonly tool: SchemaTool;
  close(): Promise<void>;
}

/** The databases for which a module has entities or migrations. */
export async function schemaDatabases(root: Class): Promise<string[]> {
  const { schemas } = await checkedGraph(root, new Map());
  return [...schemas].flatMap(([name, { entities, migrations }]) =>
    entities.length + migrations.length === 0 ? [] : [name],
  );
}

/**
 * A tool for the schema of a module's database, through an orchestrator. None of the module's own code runs but its
 * entities and migrations.
 */
export async function openSchemaTool(
  root: Class,
  { database: name, connect, migrates, logger }: OpenSchemaToolOptions,
): Promise<OpenedSchemaTool> {
  const use = databaseUse(await checkedGraph(root, new Map()), name);
  const channel = new FrameChannel(await connect(), { kind: 'unix', isOwn: true });
  try {
    const session = await ModuleSession.open(channel, { logger });
    const schema = { ...use, typeorm: forTheTool(use.typeorm, migrates), usesTypeorm: true, synchronize: false };
    const database = await openProxiedDatabase(session, name, 'for a tool', schema);
    const close = async () => {
      await database.close();
      await session.close();
    };
    if (!isTypeormDatabase(database.value)) throw new TypeError('a database for TypeORM was asked for');
    return { tool: await toolFor(database.value, name), close };
  } catch (error) {
    await channel.close();
    throw error;
  }
}

/** Nothing is changed but by the tool, and what only matters to the module's own work is left out. */
function forTheTool(typeorm: TypeormOptions, migrates: boolean): TypeormOptions {
  const { logger: _logger, logging: _logging, maxQueryExecutionTime: _slow, ...rest } = typeorm;
  const still: TypeormOptions = { synchronize: false, dropSchema: false, migrationsRun: false, subscribers: [] };
  return { ...rest, ...still, ...(!migrates && { installExtensions: false }) };
}
