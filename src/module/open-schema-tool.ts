import type { Duplex } from 'node:stream';
import type { Class } from '../container/index.js';
import { isTypeormDatabase, openSchemaTool as toolFor, type SchemaTool } from '../database/index.js';
import type { Logger } from '../foundation/index.js';
import { FrameChannel, ModuleSession } from '../wire/index.js';
import { checkedGraph } from './graph-problems.js';
import { openProxiedDatabase } from './open-proxied-database.js';
import { databaseUse } from './open-resources.js';

export interface OpenSchemaToolOptions {
  /** Open one also when the module has neither entities nor migrations. */
  readonly always: boolean;
  /** A socket on which an orchestrator speaks the wire. */
  readonly connect: () => Promise<Duplex>;
  readonly logger: Logger;
}

export interface OpenedSchemaTool {
  readonly tool: SchemaTool;
  close(): Promise<void>;
}

/**
 * A tool for the schema of a module's default database, through an orchestrator. None of the module's own code runs but
 * its entities and migrations. Undefined for a module that has neither.
 */
export async function openSchemaTool(
  root: Class,
  { always, connect, logger }: OpenSchemaToolOptions,
): Promise<OpenedSchemaTool | undefined> {
  const use = databaseUse(await checkedGraph(root, new Map()), 'default');
  if (!always && use.entities.length + use.migrations.length === 0) return undefined;
  const channel = new FrameChannel(await connect(), { kind: 'unix', isOwn: true });
  try {
    const session = await ModuleSession.open(channel, { logger });
    const schema = { ...use, usesTypeorm: true, synchronize: false };
    const database = await openProxiedDatabase(session, 'default', 'for a tool', schema);
    const close = async () => {
      await database.close();
      await session.close();
    };
    if (!isTypeormDatabase(database.value)) throw new TypeError('a database for TypeORM was asked for');
    return { tool: await toolFor(database.value, 'default'), close };
  } catch (error) {
    await channel.close();
    throw error;
  }
}
