import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Class } from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import { transactionalContract } from './transactional-contract.js';
import { EntityLedgerModule, Ledger, PlainLedgerModule } from './transactional/ledger.js';
import type { TransactionalFixture } from './transactional/transactional-case.js';

interface Engine {
  readonly engine: string;
  readonly connections: TransactionalFixture['connections'];
  /** Absent: a SQLite file of the test's own. */
  readonly url?: string;
}

const engines: Engine[] = [
  { engine: 'a SQLite file', connections: 'one writer' },
  { engine: 'SQLite in memory', connections: 'one', url: 'sqlite::memory:' },
];

const worlds = [
  { world: 'direct', ledger: 'by Database', root: PlainLedgerModule, proxied: false },
  { world: 'direct', ledger: 'by repository', root: EntityLedgerModule, proxied: false },
  { world: 'proxied', ledger: 'by Database', root: PlainLedgerModule, proxied: true },
  { world: 'proxied', ledger: 'by repository', root: EntityLedgerModule, proxied: true },
];

const rows = engines.flatMap((engine) => worlds.map((world) => ({ ...engine, ...world })));

describe.each(rows)('@Transactional on $engine, $world, $ledger', ({ root, proxied, url, connections }) => {
  let app: TestApp;
  let fixture: TransactionalFixture;
  beforeAll(async () => {
    app = await boot(root, proxied, url);
    const ledger = app.get(Ledger);
    await ledger.database.execute('CREATE TABLE IF NOT EXISTS entry (name varchar(50) PRIMARY KEY NOT NULL)');
    fixture = { ledger, connections };
  });
  beforeEach(() => fixture.ledger.database.execute('DELETE FROM entry'));
  afterAll(() => app.close());

  it('runs where it says', () => expect(app.environment).toBe(proxied ? 'proxied' : 'direct'));

  const runContractCase = (index: number) => transactionalContract[index]!.run(fixture);
  it.each(transactionalContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) =>
    runContractCase(index),
  );
});

function boot(root: Class, proxied: boolean, url: string | undefined): Promise<TestApp> {
  const test = testModule(root).env(url === undefined ? {} : { DATABASE_URL: url });
  return (proxied ? test.proxied() : test).boot();
}
