import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mysql2/promise';
import { type Database, Injectable, InjectDatabase, Module } from '@pywatt/sdk';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import type { DatabaseConfigInput, PoolConfigInput } from '../../src/orchestrator/config/config-input.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { expectToldOfIdleTransaction } from './idle-transaction.js';
import { createAnew, mariadb, mariadbAnswers } from './mariadb-server.js';
import { startWith, until } from './orchestrator-fixture.js';
import { closersAfterEach } from '../support/closers.js';

@Injectable()
class Held {
  constructor(@InjectDatabase() readonly database: Database) {}
}

@Module({ id: 'held', providers: [Held] })
class HeldModule {}

const suite = (await mariadbAnswers()) ? describe : describe.skip;
const plan = { overrides: new Map(), secrets: new Map(), services: [], env: {}, timeout: undefined };
const url = `mysql://relay_app:hunter2@${mariadb.host}:${mariadb.port}/${mariadb.database}`;

suite('MySQL of an orchestrator', () => {
  let direct: Connection;
  const closing = closersAfterEach();
  beforeAll(async () => {
    direct = await createConnection(mariadb);
    await createAnew(direct, 'USER', "relay_app@'%'", "IDENTIFIED BY 'hunter2'");
    await direct.query("GRANT ALL ON test.* TO relay_app@'%'");
    await createAnew(direct, 'TABLE', 'relay_held', '(id int PRIMARY KEY, note text)');
    await direct.query("INSERT INTO relay_held VALUES (1, 'one')");
  });
  afterAll(async () => {
    await direct.query('DROP TABLE relay_held');
    await direct.query("DROP USER relay_app@'%'");
    await direct.end();
  });

  const start = (pool: PoolConfigInput = {}) => startOn({ url, pool });
  const startWithPassword = (memory: Record<string, string>) =>
    startOn({ url: url.replace(':hunter2', ''), password: { secret: 'RELAY_PASSWORD' } }, memory);

  const startOn = async (database: DatabaseConfigInput, memory: Record<string, string> = {}) => {
    const logger = createLogger({ level: 'error', redactor: new SecretRedactor() });
    const launchers = {
      one: new InProcessLauncher(HeldModule, plan, logger),
      two: new InProcessLauncher(HeldModule, plan, logger),
    };
    // The launcher starts it; the check of the configuration wants a command all the same.
    const here = { command: 'in this process', databases: ['default'] };
    const config = {
      modules: { one: { ...here }, two: { ...here } },
      databases: { default: database },
      secrets: [{ memory }],
    };
    const host = await startWith(config, { launchers, control: false });
    closing.push(() => host[Symbol.asyncDispose]());
    await host.orchestrator.ready;
    const [one, two] = await Promise.all([launchers.one.booted, launchers.two.booted]);
    return { one: one.get(Held).database, two: two.get(Held).database, host };
  };

  it('is the Database port of a module, without its credentials', async () => {
    const { one } = await start();
    expect(one.type).toBe('mysql');
    expect(await one.query("SELECT ? + 1 AS sum, CURRENT_USER() AS me, '🐎' AS text", [1])).toMatchObject([
      { me: 'relay_app@%', text: '🐎' },
    ]);
    await expect(one.query('SELECT broken')).rejects.toMatchObject({
      code: 'QUERY',
      details: { driverCode: 'ER_BAD_FIELD_ERROR' },
    });
    await expect(one.query("SELECT 1 INTO OUTFILE '/tmp/relay_never'")).rejects.toMatchObject({
      details: { driverCode: 'ER_SPECIFIC_ACCESS_DENIED_ERROR' },
      message: expect.not.stringMatching(/database 'default'.*database 'default'/),
    });
    await one.ping();
  });

  it('keeps transactions, and rolls back what fails', async () => {
    const { one, two } = await start();
    const note = 'SELECT note FROM relay_held WHERE id = 1';
    await expect(
      one.transaction(async (tx) => {
        await tx.execute("UPDATE relay_held SET note = 'changed' WHERE id = 1");
        expect(await two.queryOne(note)).toEqual({ note: 'one' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await two.queryOne(note)).toEqual({ note: 'one' });
    await one.transaction(
      async (tx) => {
        const [{ id }] = (await tx.query('SELECT CONNECTION_ID() AS id, COUNT(*) FROM relay_held')) as [{ id: number }];
        const sql =
          'SELECT trx_isolation_level AS level FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = ?';
        expect((await direct.query(sql, [id]))[0]).toEqual([{ level: 'SERIALIZABLE' }]);
      },
      { isolation: 'serializable' },
    );
  });

  it('answers LAST_INSERT_ID() outside a transaction for the module itself, or refuses, and never for another', async () => {
    const { one, two } = await start({ max: 1 });
    await createAnew(direct, 'TABLE', 'relay_ids', '(id int AUTO_INCREMENT PRIMARY KEY, v text)');
    const insert = "INSERT INTO relay_ids (v) VALUES ('x')";
    const ask = 'SELECT LAST_INSERT_ID() AS id';
    await one.execute(insert);
    expect(await one.query(ask)).toEqual([{ id: 1 }]);
    await two.execute(insert);
    await expect(one.query(ask)).rejects.toMatchObject({
      code: 'QUERY',
      message: expect.stringMatching(/insert id .*use the result of that statement, or a transaction/),
    });
    await expect(two.query(ask)).resolves.toEqual([{ id: 2 }]);
    const inTransaction = one.transaction(async (tx) => {
      await tx.execute(insert);
      return tx.query(ask);
    });
    await expect(inTransaction).resolves.toEqual([{ id: 3 }]);
    await expect(two.query(ask)).rejects.toMatchObject({ code: 'QUERY' });
    await direct.query('DROP TABLE relay_ids');
  });

  it('ends a statement that is aborted, and one that takes too long', async () => {
    const { one } = await start();
    const sleep = 'SELECT SLEEP(30) FROM relay_held';
    await expect(one.query(sleep, [], { timeout: '100ms' })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const controller = new AbortController();
    const running = one.query(sleep, [], { signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await one.query('SELECT 7 AS a')).toMatchObject([{ a: 7 }]);
    const left = 'SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE ?';
    const isOver = async () => ((await direct.query(left, [`${sleep}%`]))[0] as unknown[]).length === 0;
    await until(isOver, 'no statement is left');
  });

  it('says POOL and how long it waited when another module has every connection', async () => {
    const { one, two } = await start({ max: 1, modules: { two: { acquireTimeout: '60ms' } } });
    await using transaction = await one.beginTransaction();
    await transaction.query('SELECT 1');
    await expect(two.query('SELECT 1')).rejects.toMatchObject({
      code: 'POOL',
      message: expect.stringMatching(/waited \d+ ms/),
    });
  });

  it('tells a module that left its transaction idle for too long, and its commit that it did not take place', async () => {
    const { one: database } = await start({ modules: { one: { idleInTransactionTimeout: '200ms' } } });
    const lock = () => direct.query('select id from relay_held where id = 1 for update');
    await expectToldOfIdleTransaction({ database, lock, driverCode: 'ER_CLIENT_INTERACTION_TIMEOUT' });
  });

  it('logs in with the password that a secret holds, asked for when it is needed', async () => {
    const { one, two, host } = await startWithPassword({ RELAY_PASSWORD: 'hunter2' });
    expect(await one.queryOne('SELECT CURRENT_USER() AS me')).toMatchObject({ me: 'relay_app@%' });
    expect(await two.queryOne('SELECT CURRENT_USER() AS me')).toMatchObject({ me: 'relay_app@%' });
    expect(JSON.stringify(host.lines)).not.toContain('hunter2');
  });

  it.each([
    ['is wrong', { RELAY_PASSWORD: 'swordfish' }, 'CONNECTION', /refuses the password in secret 'RELAY_PASSWORD'/],
    ['is not there', {}, 'CONFIGURATION', /its log says why/],
  ])('says so when the secret %s', async (_what, secrets, code, why) => {
    const { one, host } = await startWithPassword(secrets);
    const failure = await one.query('SELECT 1').catch((error: unknown) => error);
    expect(failure).toMatchObject({ family: 'database', code, message: expect.stringMatching(why) });
    expect(JSON.stringify(host.lines)).toMatch(/RELAY_PASSWORD/);
    expect(JSON.stringify([host.lines, String(failure)])).not.toMatch(/hunter2|swordfish/);
  });

  it('says what is wrong with the login, and not the password', async () => {
    await direct.query("ALTER USER relay_app@'%' IDENTIFIED BY 'another'");
    try {
      const { one } = await start();
      const failure = await one.query('SELECT 1').catch((error: unknown) => error);
      expect(failure).toMatchObject({ family: 'database', details: { driverCode: 'ER_ACCESS_DENIED_ERROR' } });
      expect(String(failure)).not.toMatch(/hunter2|relay_app/);
    } finally {
      await direct.query("ALTER USER relay_app@'%' IDENTIFIED BY 'hunter2'");
    }
  });
});
