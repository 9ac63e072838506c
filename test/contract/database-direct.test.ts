import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Database,
  DatabaseBroker,
  type DirectDatabase,
  openDatabase,
  ProxiedDatabase,
} from '../../src/database/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { throughJson } from './database/json-connection.js';
import { dialects } from './database/dialect.js';
import { databaseCasesFor, databaseContract } from './database-contract.js';

const worlds = [
  { world: 'direct', enter: async (database: DirectDatabase): Promise<Database> => database },
  {
    world: 'proxied, as JSON',
    enter: async (database: DirectDatabase): Promise<Database> => {
      const connection = await new DatabaseBroker(() => database, silentLogger).open({
        moduleId: 'contract',
        name: 'main',
        config: {},
        typedValues: true,
      });
      return new ProxiedDatabase('main', throughJson(connection));
    },
  },
];

describe.each(worlds)('Database on a SQLite file, $world', ({ enter }) => {
  let directory: string;
  let opened: DirectDatabase[];
  let clients: Database[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pywatt-database-'));
    // Two pools on one file: they meet only in SQLite's own locks, as two processes would.
    opened = await Promise.all(
      ['one', 'two'].map((name) => openDatabase({ url: `sqlite:${join(directory, 'data.db')}`, name })),
    );
    clients = await Promise.all(opened.map(enter));
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(opened.map((database) => database.close()));
    await rm(directory, { recursive: true });
  });

  const { cases } = databaseCasesFor({ singleConnection: false, dialect: dialects.sqlite });
  const runContractCase = (index: number) =>
    cases[index]!.run({ database: clients[0]!, other: clients[1]!, singleConnection: false, dialect: dialects.sqlite });
  it.each(cases.map(({ title }, index) => ({ title, index })))('$title', ({ index }) => runContractCase(index));
});

describe.each(worlds)('Database in memory, $world', ({ enter }) => {
  let opened: DirectDatabase;
  let clients: Database[];

  beforeAll(async () => {
    opened = await openDatabase({ url: 'sqlite::memory:', name: 'memory' });
    clients = await Promise.all([opened, opened].map(enter));
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await opened.close();
  });

  const { cases } = databaseCasesFor({ singleConnection: true, dialect: dialects.sqlite });
  const runContractCase = (index: number) =>
    cases[index]!.run({ database: clients[0]!, other: clients[1]!, singleConnection: true, dialect: dialects.sqlite });
  it.each(cases.map(({ title }, index) => ({ title, index })))('$title', ({ index }) => runContractCase(index));
});

describe('the Database contract', () => {
  it('leaves a case out only for a limit of the engine, and no case out everywhere', () => {
    const kinds = [
      { singleConnection: false, dialect: dialects.sqlite },
      { singleConnection: true, dialect: dialects.sqlite },
      { singleConnection: false, dialect: dialects.postgres },
      { singleConnection: true, dialect: dialects.pglite },
      { singleConnection: false, dialect: dialects.mariadb },
    ].map(databaseCasesFor);
    for (const { reason } of kinds.flatMap(({ leftOut }) => leftOut))
      expect(reason).toMatch(/SQLite|PostgreSQL|MariaDB/);
    expect(new Set(kinds.flatMap(({ cases }) => cases)).size).toBe(databaseContract.length);
    expect(new Set(databaseContract.map(({ title }) => title)).size).toBe(databaseContract.length);
  });
});
