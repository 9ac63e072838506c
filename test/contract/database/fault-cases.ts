import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { DatabaseError, SqlRunner, Transaction } from '../../../src/database/index.js';
import { assertFails, countOf, createTable, type DatabaseCase, needsServer } from './database-case.js';
import type { TestServer } from './test-server.js';

/** To find a statement by, on the server. */
const newMark = () => `mark_${randomUUID().replaceAll('-', '')}`;

async function connectionOf(server: TestServer, runner: SqlRunner): Promise<number> {
  return (await runner.queryOne<{ id: number }>(server.connectionId))!.id;
}

/** Resolves once a statement with that mark runs. */
async function untilRunning(server: TestServer, mark: string): Promise<void> {
  const due = performance.now() + 5_000;
  while ((await server.running(mark)) === 0) assert.ok(performance.now() < due, 'the statement never ran');
}

/** Resolves once the connection of that number is found to stand still in its commit. */
async function untilFound(other: SqlRunner, sql: string, id: number): Promise<void> {
  const due = performance.now() + 5_000;
  while ((await other.query(sql, [id])).length === 0) assert.ok(performance.now() < due, 'it never committed');
}

/** Every connection of the pool is asked for at once: those that died must be noticed or replaced. */
async function assertWorks(database: SqlRunner): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 10 }, () => database.query('SELECT 1 AS a')));
  for (const answer of answers) assert.deepEqual(answer, [{ a: 1 }]);
}

/** Ends the work that `begin` gives, of a transaction of its own, once it runs on the server. */
async function killDuring(
  server: TestServer,
  tx: Transaction,
  mark: string,
  begin: () => Promise<unknown>,
): Promise<void> {
  const id = await connectionOf(server, tx);
  const work = begin();
  work.catch(() => undefined);
  await untilRunning(server, mark);
  await server.kill(id);
  await work;
}

export const faultCases: readonly DatabaseCase[] = [
  {
    title: 'says POOL and how long it waited when every connection is taken, and goes on when one is back',
    only: needsServer,
    async run({ database }) {
      const held: Transaction[] = [];
      const taking = async (): Promise<never> => {
        for (;;) {
          const tx = await database.beginTransaction();
          held.push(tx);
          await tx.query('SELECT 1');
          assert.ok(held.length < 20, 'the pool has no bound');
        }
      };
      const failure = await assertFails(taking(), 'POOL');
      assert.ok((failure.details['waitedMs'] as number) > 0, JSON.stringify(failure.details));
      assert.equal(failure.retryable, true);
      await Promise.all(held.map((tx) => tx.rollback()));
      await assertWorks(database);
    },
  },
  {
    title: 'fails one of two transactions that lock each other, as one to try again',
    only: needsServer,
    async run({ database, other, dialect: { integer } }) {
      const table = await createTable(database, `id INTEGER PRIMARY KEY, v ${integer}`);
      await database.execute(`INSERT INTO ${table} VALUES (1, 0), (2, 0)`);
      const [one, two] = [await database.beginTransaction(), await other.beginTransaction()];
      const add = (tx: Transaction, id: number) => tx.execute(`UPDATE ${table} SET v = v + 1 WHERE id = ${id}`);
      await add(one, 1);
      await add(two, 2);
      const crossed = await Promise.allSettled([
        add(one, 2).then(() => one.commit()),
        add(two, 1).then(() => two.commit()),
      ]);
      const failures = crossed.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      assert.equal(failures.length, 1);
      assert.equal((await assertFails(Promise.reject(failures[0]), 'QUERY')).retryable, true);
      await one[Symbol.asyncDispose]();
      await two[Symbol.asyncDispose]();
      assert.deepEqual(
        await database.query(`SELECT sum(v) * 1.0 >= 2 AS kept FROM ${table}`).then((rows) => rows.length),
        1,
      );
      assert.equal((await database.queryOne<{ v: number }>(`SELECT v FROM ${table} WHERE id = 1`))?.v, 1);
    },
  },
  {
    title: 'fails a transaction that another made impossible, as one to try again',
    only: {
      engines: ['postgres'],
      reason: 'MariaDB and SQLite lock where PostgreSQL fails a transaction as not serializable',
    },
    async run({ database, other, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.execute(`INSERT INTO ${table} VALUES (0)`);
      await using tx = await database.beginTransaction({ isolation: 'repeatable read' });
      assert.equal(await countOf(tx, table), 1);
      await other.execute(`UPDATE ${table} SET v = 1`);
      const failure = await assertFails(tx.execute(`UPDATE ${table} SET v = 2`), 'QUERY');
      assert.equal(failure.details['driverCode'], '40001');
      assert.equal(failure.retryable, true);
    },
  },
  {
    title: 'fails with CONNECTION when the connection is ended under a statement, rolls back, and the pool recovers',
    only: needsServer,
    async run({ database, server, dialect: { integer, endless } }) {
      const table = await createTable(database, `v ${integer}`);
      const mark = newMark();
      const tx = await database.beginTransaction();
      await tx.execute(`INSERT INTO ${table} VALUES (1)`);
      await assertFails(
        killDuring(server!, tx, mark, () => tx.query(endless(mark))),
        'CONNECTION',
      );
      await assertFails(tx.commit(), 'TRANSACTION');
      await assertWorks(database);
      assert.equal(await countOf(database, table), 0);
    },
  },
  {
    title: 'does not say that a change failed whose connection is ended under it',
    only: needsServer,
    async run({ database, other, server, dialect: { integer } }) {
      const table = await createTable(database, `id INTEGER PRIMARY KEY, v ${integer}`);
      await database.execute(`INSERT INTO ${table} VALUES (1, 0)`);
      const mark = newMark();
      await using lock = await other.beginTransaction();
      await lock.execute(`UPDATE ${table} SET v = 1`);
      const work = killStatement(server!, mark, () => database.execute(`UPDATE ${table} SET v = 2 /* ${mark} */`));
      await assertFails(work, 'OUTCOME_UNKNOWN');
      await lock.commit();
      await assertWorks(database);
    },
  },
  {
    title: 'tells no success when the connection is ended at the commit, and the pool recovers',
    only: needsServer,
    async run({ database, server, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const tx = await database.beginTransaction();
      await tx.execute(`INSERT INTO ${table} VALUES (1)`);
      const id = await connectionOf(server!, tx);
      const committing = server!.kill(id).then(() => tx.commit());
      // Only where the driver has heard of the end before can it say that nothing was sent.
      await assert.rejects(committing, ({ code }: DatabaseError) => /^(?:OUTCOME_UNKNOWN|CONNECTION)$/.test(code));
      await assertWorks(database);
      assert.equal(await countOf(database, table), 0);
    },
  },
  {
    title: 'says OUTCOME_UNKNOWN when the connection is ended in the middle of the commit',
    only: { engines: ['postgres'], reason: 'only PostgreSQL can be made to sleep in a commit' },
    async run({ database, other, server, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      await database.execute(
        `CREATE FUNCTION ${table}_rest() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'`,
      );
      await database.execute(
        `CREATE CONSTRAINT TRIGGER rest AFTER INSERT ON ${table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${table}_rest()`,
      );
      const tx = await database.beginTransaction();
      await tx.execute(`INSERT INTO ${table} VALUES (1)`);
      const id = await connectionOf(server!, tx);
      const committing = tx.commit();
      committing.catch(() => undefined);
      await untilFound(
        other,
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND query ILIKE 'commit%' AND wait_event = 'PgSleep'",
        id,
      );
      await server!.kill(id);
      await assertFails(committing, 'OUTCOME_UNKNOWN');
      await assertWorks(database);
      assert.equal(await countOf(database, table), 0);
    },
  },
  {
    title: 'says OUTCOME_UNKNOWN when the connection is ended in a commit that waits for a lock of the server',
    only: { engines: ['mariadb'], reason: 'only MariaDB has a lock that holds every commit' },
    async run({ database, other, server, dialect: { integer } }) {
      const table = await createTable(database, `v ${integer}`);
      const tx = await database.beginTransaction();
      await tx.execute(`INSERT INTO ${table} VALUES (1)`);
      const id = await connectionOf(server!, tx);
      const release = await server!.holdCommits!();
      try {
        const committing = tx.commit();
        committing.catch(() => undefined);
        await untilFound(
          other,
          "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ? AND INFO = 'COMMIT' AND STATE LIKE 'Waiting%'",
          id,
        );
        await server!.kill(id);
        await assertFails(committing, 'OUTCOME_UNKNOWN');
      } finally {
        await release();
      }
      await assertWorks(database);
      assert.equal(await countOf(database, table), 0);
    },
  },
  {
    title: 'fails with CONNECTION when the connection is ended between the rows of a stream, and the pool recovers',
    only: needsServer,
    async run({ database, server, dialect: { rows } }) {
      const tx = await database.beginTransaction();
      const id = await connectionOf(server!, tx);
      const reading = async () => {
        let count = 0;
        for await (const row of tx.stream(`SELECT i, '${'x'.repeat(1_000)}' AS text FROM (${rows(200_000)}) AS r`)) {
          count += Number(row !== undefined);
          if (count === 10) await server!.kill(id);
        }
      };
      await assertFails(reading(), 'CONNECTION');
      await assertFails(tx.query('SELECT 1'), 'TRANSACTION');
      await assertWorks(database);
    },
  },
];

/** Ends the connection that runs the statement of that mark, once it does. */
async function killStatement(server: TestServer, mark: string, begin: () => Promise<unknown>): Promise<void> {
  const work = begin();
  work.catch(() => undefined);
  await untilRunning(server, mark);
  await server.killRunning(mark);
  await work;
}
