import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { type Database, openDatabase } from '../../src/database/index.js';
import { ContractOrchestrator } from './contract-orchestrator.js';
import { dialects } from './database/dialect.js';
import { databaseCasesFor } from './database-contract.js';

interface Clients {
  readonly database: Database;
  readonly other: Database;
  close(): Promise<unknown>;
}

// PGlite makes a new cluster, which takes seconds of computing, and starts again after a statement that was ended.
const startMs = 180_000;
const kind = { singleConnection: true, dialect: dialects.pglite };

const worlds = [
  {
    world: 'direct',
    enter: async (url: string): Promise<Clients> => {
      const database = await openDatabase({ url, name: 'main', acquireTimeout: '1m' });
      return { database, other: database, close: () => database.close() };
    },
  },
  {
    world: 'proxied over bytes in one process',
    enter: async (url: string): Promise<Clients> => {
      const { host, ports } = await ContractOrchestrator.inProcess({ url, other: 'sqlite::memory:' });
      return { database: ports[0]!.database, other: ports[1]!.database, close: () => host.close() };
    },
  },
];

describe.each(worlds)('Database on PGlite, $world', ({ enter }) => {
  let directory: string;
  let clients: Clients;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pywatt-pglite-contract-'));
    clients = await enter(`pglite:${join(directory, 'data')}`);
    await clients.database.ping();
  }, startMs);

  afterAll(async () => {
    await clients?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const { cases } = databaseCasesFor(kind);
  const runContractCase = (index: number) => cases[index]!.run({ ...kind, ...clients });
  it.each(cases.map(({ title }, index) => ({ title, index })))(
    '$title',
    ({ index }) => runContractCase(index),
    startMs,
  );
});
