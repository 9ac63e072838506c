import { describe } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../src/database/index.js';
import { ContractOrchestrator } from '../contract/contract-orchestrator.js';
import { dialects } from '../contract/database/dialect.js';
import { mariadbTestServer, postgresTestServer } from '../contract/database/test-server.js';
import { mariadbAnswers } from './mariadb-server.js';
import { describeWithPostgres } from './postgres-server.js';

/** A database that a world has open, and what closes it. */
export interface OpenWorld {
  readonly database: Database;
  close(): Promise<void>;
}

/** The two ways to a database: by this process, and by an orchestrator that the module is in one process with. */
export const databaseWorlds = [
  {
    world: 'direct',
    open: async (url: string): Promise<OpenWorld> => {
      const database = await openDatabase({ url, name: 'main' });
      return { database, close: () => database.close() };
    },
  },
  {
    world: 'proxied',
    open: async (url: string): Promise<OpenWorld> => {
      const { host, ports } = await ContractOrchestrator.inProcess({ url });
      return { database: ports[0]!.database, close: () => host.close() };
    },
  },
] as const;

/** The servers, each with a database of the run's own. */
export const databaseServers = [
  {
    engine: 'PostgreSQL',
    describeHere: await describeWithPostgres(),
    dialect: dialects.postgres,
    start: postgresTestServer,
  },
  {
    engine: 'MariaDB',
    describeHere: (await mariadbAnswers()) ? describe : describe.skip,
    dialect: dialects.mariadb,
    start: mariadbTestServer,
  },
] as const;

/** A SQLite file of the run's own. */
export async function sqliteTestFile(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-sqlite-'));
  return {
    url: `sqlite:${join(directory, 'data.db')}`,
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
