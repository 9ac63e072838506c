import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { type Database, openDatabase } from '../../src/database/index.js';
import { mariadbAnswers } from '../integration/mariadb-server.js';
import { describeWithPostgres } from '../integration/postgres-server.js';
import { ContractOrchestrator } from './contract-orchestrator.js';
import { dialects } from './database/dialect.js';
import { mariadbTestServer, postgresTestServer, type TestServer } from './database/test-server.js';
import { databaseCasesFor, type DatabaseFixture } from './database-contract.js';

/** Two clients of a server's database, which share nothing but the data. */
interface Clients {
  readonly database: Database;
  readonly other: Database;
  close(): Promise<unknown>;
}

const engines = [
  {
    engine: 'PostgreSQL',
    dialect: dialects.postgres,
    startServer: postgresTestServer,
    describe: await describeWithPostgres(),
  },
  {
    engine: 'MariaDB',
    dialect: dialects.mariadb,
    startServer: mariadbTestServer,
    describe: (await mariadbAnswers()) ? describe : describe.skip,
  },
];

const worlds = [
  {
    world: 'direct',
    enter: async ({ url }: TestServer): Promise<Clients> => {
      const open = (name: string) => openDatabase({ url, name, acquireTimeout: '1s' });
      const [database, other] = await Promise.all([open('one'), open('two')]);
      return { database, other, close: () => Promise.all([database.close(), other.close()]) };
    },
  },
  {
    world: 'proxied over bytes in one process',
    enter: async ({ url }: TestServer): Promise<Clients> => {
      const { host, ports } = await ContractOrchestrator.inProcess({ url });
      return { database: ports[0]!.database, other: ports[1]!.database, close: () => host.close() };
    },
  },
];

for (const { engine, dialect, startServer, describe: describeOn } of engines) {
  describeOn.each(worlds)(`Database on ${engine}, $world`, ({ enter }) => {
    let server: TestServer;
    let clients: Clients;
    let fixture: DatabaseFixture;

    beforeAll(async () => {
      server = await startServer();
      clients = await enter(server);
      const { database, other } = clients;
      fixture = { database, other, singleConnection: false, dialect, server };
    });

    afterAll(async () => {
      await clients.close();
      await server.close();
    });

    const { cases } = databaseCasesFor({ singleConnection: false, dialect });
    const runContractCase = (index: number) => cases[index]!.run(fixture);
    it.each(cases.map(({ title }, index) => ({ title, index })))('$title', ({ index }) => runContractCase(index));
  });
}
