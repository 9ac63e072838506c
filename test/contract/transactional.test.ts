import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Class } from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import { mariadbAnswers, mariadbUrl } from '../integration/mariadb-server.js';
import { postgresUrl } from '../integration/postgres-address.js';
import { describeWithPostgres } from '../integration/postgres-server.js';
import { transactionalContract } from './transactional-contract.js';
import { EntityLedgerModule, Ledger, PlainLedgerModule, table } from './transactional/ledger.js';
import type { TransactionalFixture } from './transactional/transactional-case.js';

interface Engine {
  readonly engine: string;
  readonly connections: TransactionalFixture['connections'];
  /** Absent: a SQLite file of the test's own. */
  readonly url?: string;
  /** `describe.skip` where the server does not answer. */
  readonly describe: typeof describe | typeof describe.skip;
}

const engines: Engine[] = [
  { engine: 'a SQLite file', connections: 'one writer', describe },
  { engine: 'SQLite in memory', connections: 'one', url: 'sqlite::memory:', describe },
  { engine: 'PostgreSQL', connections: 'many', url: postgresUrl, describe: await describeWithPostgres() },
  {
    engine: 'MariaDB',
    connections: 'many',
    url: mariadbUrl,
    describe: (await mariadbAnswers()) ? describe : describe.skip,
  },
];

const worlds = [
  { world: 'direct', ledger: 'by Database', root: PlainLedgerModule, proxied: false },
  { world: 'direct', ledger: 'by repository', root: EntityLedgerModule, proxied: false },
  { world: 'proxied', ledger: 'by Database', root: PlainLedgerModule, proxied: true },
  { world: 'proxied', ledger: 'by repository', root: EntityLedgerModule, proxied: true },
];

const rows = engines.flatMap((engine) => worlds.map((world) => ({ ...engine, ...world })));

for (const { engine, world, ledger: how, root, proxied, url, connections, describe: describeOn } of rows) {
  describeOn(`@Transactional on ${engine}, ${world}, ${how}`, () => {
    let app: TestApp;
    let fixture: TransactionalFixture;
    beforeAll(async () => {
      app = await boot(root, proxied, url);
      const ledger = app.get(Ledger);
      await ledger.database.execute(`CREATE TABLE IF NOT EXISTS ${table} (name varchar(50) PRIMARY KEY NOT NULL)`);
      fixture = { ledger, connections };
    });
    beforeEach(() => fixture.ledger.database.execute(`DELETE FROM ${table}`));
    afterAll(async () => {
      await fixture.ledger.database.execute(`DROP TABLE ${table}`);
      await app.close();
    });

    it('runs where it says', () => expect(app.environment).toBe(proxied ? 'proxied' : 'direct'));

    const runContractCase = (index: number) => transactionalContract[index]!.run(fixture);
    it.each(transactionalContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) =>
      runContractCase(index),
    );
  });
}

function boot(root: Class, proxied: boolean, url: string | undefined): Promise<TestApp> {
  const test = testModule(root).env(url === undefined ? {} : { DATABASE_URL: url });
  return (proxied ? test.proxied() : test).boot();
}
