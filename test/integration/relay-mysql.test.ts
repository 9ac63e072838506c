import { afterEach, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection, createPool } from 'mysql2/promise';
import { createAnew, mariadb, mariadbAnswers, mariadbUrl } from './mariadb-server.js';
import { one } from './mysql-relay-fixture.js';
import { RelayFixture, type RelayedModule } from './relay-fixture.js';

const suite = (await mariadbAnswers()) ? describe : describe.skip;

suite('MySQL relayed by the broker, over a session', () => {
  let fixture: RelayFixture | undefined;
  const connect = async ({ stream }: RelayedModule): Promise<Connection> => {
    const connection = await createConnection({ stream });
    connection.on('error', () => {});
    return connection;
  };

  afterEach(() => fixture?.close());

  it('serves a pool of a module with fewer backends', async () => {
    fixture = new RelayFixture({ url: mariadbUrl, max: 3 });
    const { stream } = await fixture.module('orders');
    const pool = createPool({ stream, connectionLimit: 20 });
    const wanted = Array.from({ length: 300 }, (_, index) => index);
    const got = await Promise.all(wanted.map((value) => pool.query(`SELECT ${value} AS v`)));
    expect(got.map(([rows]) => (rows as { v: number }[])[0]?.v)).toEqual(wanted);
    expect(fixture.relayed.broker.pool.size).toBeLessThanOrEqual(3);
    await pool.end();
  });

  it('frees what a module that vanished had locked, and shows the next one nothing of it', async () => {
    fixture = new RelayFixture({ url: mariadbUrl, max: 1 });
    const first = await fixture.module('orders');
    const connection = await connect(first);
    await connection.query('SET @secret = 1');
    await connection.query("SELECT GET_LOCK('relay_mysql', 0)");
    first.vanish();
    const second = await connect(await fixture.module('billing'));
    expect(await one(second, 'SELECT @secret')).toBeNull();
    expect(await one(second, "SELECT GET_LOCK('relay_mysql', 5)")).toBe(1);
    second.destroy();
  });

  it('resets an idle backend that goes over to another module', async () => {
    fixture = new RelayFixture({ url: mariadbUrl, max: 1 });
    const first = await connect(await fixture.module('orders'));
    const id = await one(first, 'SELECT CONNECTION_ID()');
    await one(first, 'SELECT LAST_INSERT_ID(5)');
    const second = await connect(await fixture.module('billing'));
    expect(await one(second, 'SELECT CONNECTION_ID()')).toBe(id);
    expect(await one(second, 'SELECT LAST_INSERT_ID()')).toBe(0);
    expect(await one(first, 'SELECT 7')).toBe(7);
    first.destroy();
    second.destroy();
  });

  describe('asked for what an earlier statement left', () => {
    const leftovers = ['SELECT ROW_COUNT()', 'SELECT FOUND_ROWS()', 'SHOW WARNINGS', 'SELECT @@warning_count'];
    const lastId = 'SELECT LAST_INSERT_ID()';
    const insert = "INSERT INTO relay_mysql_id (v) VALUES ('a')";

    async function twoOnOneBackend() {
      fixture = new RelayFixture({ url: mariadbUrl, max: 1 });
      const module = await fixture.module('orders');
      const [first, second] = [await connect(module), await connect(module)];
      await createAnew(first, 'TABLE', 'relay_mysql_id', '(id int AUTO_INCREMENT PRIMARY KEY, v text)');
      const close = async () => {
        await first.query('DROP TABLE relay_mysql_id');
        first.destroy();
        second.destroy();
      };
      return { first, second, close };
    }

    it('answers while the backend has stayed with the connection', async () => {
      const { first, close } = await twoOnOneBackend();
      await first.query(insert);
      expect(await one(first, lastId)).toBe(1);
      await first.query(insert);
      expect(await one(first, 'SELECT ROW_COUNT()')).toBe(1);
      await first.query("SELECT CAST('x' AS SIGNED)");
      expect((await first.query('SHOW WARNINGS'))[0]).toHaveLength(1);
      await expect(first.query('SELECT nonsense')).rejects.toThrow('nonsense');
      expect((await first.query('SHOW ERRORS'))[0]).toHaveLength(1);
      await close();
    });

    it('refuses, and never answers for another connection, when the backend has been with one', async () => {
      const { first, second, close } = await twoOnOneBackend();
      await first.query(insert);
      await second.query(insert);
      await expect(first.query(lastId)).rejects.toMatchObject({
        message: expect.stringMatching(/insert id .*use the result of that statement, or a transaction/),
      });
      for (const sql of leftovers) {
        await second.query('SELECT 1');
        await expect(first.query(sql)).rejects.toThrow(/last statement .* gone to another connection/);
      }
      await second.query('SELECT 1');
      await expect(first.execute(lastId)).rejects.toThrow(/insert id/);
      await expect(first.query(`INSERT INTO relay_mysql_id (v) VALUES (LAST_INSERT_ID())`)).rejects.toThrow(
        /insert id/,
      );
      await close();
    });

    it('answers again once a statement of its own has left something', async () => {
      const { first, second, close } = await twoOnOneBackend();
      await second.query(insert);
      await first.query(`${insert}, ('b')`);
      expect(await one(first, 'SELECT ROW_COUNT()')).toBe(2);
      expect(await one(first, lastId)).toBe(2);
      await second.query('SELECT 1');
      await first.beginTransaction();
      await first.query(insert);
      expect((await first.execute(lastId))[0]).toEqual([{ 'LAST_INSERT_ID()': 4 }]);
      await first.commit();
      await close();
    });
  });

  it('refuses the last value of a sequence where others had the session since, and keeps it from then on', async () => {
    fixture = new RelayFixture({ url: mariadbUrl, max: 1, limits: { acquireTimeoutMs: 200 } });
    const module = await fixture.module('orders');
    const [own, other] = [await connect(module), await connect(module)];
    await own.query('CREATE OR REPLACE SEQUENCE relay_mysql_sequence');
    await own.query('SELECT NEXTVAL(relay_mysql_sequence)');
    await other.query('SELECT NEXTVAL(relay_mysql_sequence)');
    const last = 'SELECT LASTVAL(relay_mysql_sequence)';
    await expect(own.query(last)).rejects.toThrow(/last statement .* gone to another connection/);
    const value = await one(own, 'SELECT NEXTVAL(relay_mysql_sequence)');
    expect(await one(own, last)).toBe(value);
    await expect(other.query('SELECT 1')).rejects.toMatchObject({ code: 'ER_CON_COUNT_ERROR' });
    expect(await one(own, last)).toBe(value);
    await own.query('DROP SEQUENCE relay_mysql_sequence');
    own.destroy();
    other.destroy();
  });

  it('keeps the backend after a routine that left something in its session, and after no other', async () => {
    fixture = new RelayFixture({ url: mariadbUrl, max: 1, limits: { acquireTimeoutMs: 200 } });
    const module = await fixture.module('orders');
    const other = await connect(module);
    const routines = {
      relay_mysql_sets: 'PROCEDURE relay_mysql_sets() SET @left_by_routine = 42',
      relay_mysql_table: 'PROCEDURE relay_mysql_table() CREATE TEMPORARY TABLE left_by_routine (v int)',
      relay_mysql_function: `FUNCTION relay_mysql_function() RETURNS int BEGIN SET @left_by_routine = 43; RETURN 1; END`,
      relay_mysql_rows: 'PROCEDURE relay_mysql_rows() SELECT 42',
    };
    const direct = await createConnection(mariadb);
    for (const routine of Object.values(routines)) await direct.query(`CREATE OR REPLACE ${routine}`);
    for (const [call, left, value] of [
      ['CALL relay_mysql_sets()', 'SELECT @left_by_routine', 42],
      ['CALL relay_mysql_table()', 'SELECT COUNT(*) FROM left_by_routine', 0],
      ['SELECT relay_mysql_function()', 'SELECT @left_by_routine', 43],
    ] as const) {
      const own = await connect(module);
      await own.query('CALL relay_mysql_rows()');
      await other.query('SELECT 1');
      await own.query(call).catch(() => undefined);
      await expect(other.query('SELECT 1')).rejects.toMatchObject({ code: 'ER_CON_COUNT_ERROR' });
      expect(await one(own, left)).toBe(value);
      own.destroy();
    }
    for (const [name, routine] of Object.entries(routines)) await direct.query(`DROP ${routine.split(' ')[0]} ${name}`);
    other.destroy();
    direct.destroy();
  });

  it('ends statements that run too long, and transactions that are idle too long', async () => {
    const limits = { statementTimeoutMs: 200, idleInTransactionTimeoutMs: 200 };
    fixture = new RelayFixture({ url: mariadbUrl, max: 2, limits });
    const module = await fixture.module('orders');
    const connection = await connect(module);
    await expect(connection.query('SELECT SLEEP(30) FROM mysql.user')).rejects.toMatchObject({ errno: 1317 });
    expect(await one(connection, 'SELECT 7')).toBe(7);
    const lost = new Promise((resolve) => connection.on('error', resolve));
    await connection.beginTransaction();
    expect(await lost).toMatchObject({ code: 4031 });
  });

  it('ends the statement of the connection whose backend has the number CONNECTION_ID() gave, if it is of that module', async () => {
    fixture = new RelayFixture({ url: mariadbUrl, max: 3 });
    const module = await fixture.module('orders');
    const [first, second] = [await connect(module), await connect(module)];
    const other = await connect(await fixture.module('billing'));
    const id = await one(first, 'SELECT CONNECTION_ID()');
    const slept = first.query('SELECT SLEEP(30) FROM mysql.user').catch((error: unknown) => error);
    await one(second, 'SELECT SLEEP(0.2)');
    const unknown = { errno: 1094, code: 'ER_NO_SUCH_THREAD', message: `Unknown thread id: ${String(id)}` };
    await expect(other.query(`KILL QUERY ${String(id)}`)).rejects.toMatchObject(unknown);
    await second.query(`KILL QUERY ${String(id)}`);
    expect(await slept).toMatchObject({ code: 'ER_QUERY_INTERRUPTED' });
    for (const connection of [first, second, other]) connection.destroy();
  });

  it('still answers what runs when the driver ends its side', async () => {
    fixture = new RelayFixture({ url: mariadbUrl, max: 1 });
    const module = await fixture.module('orders');
    const connection = await connect(module);
    const answer = one(connection, 'SELECT SLEEP(0.3) + 5');
    connection.destroy();
    expect(await answer).toBe(5);
    const next = await connect(module);
    expect(await one(next, 'SELECT 7')).toBe(7);
    next.destroy();
  });

  it('carries rows that need several packets', async () => {
    fixture = new RelayFixture({ url: mariadbUrl });
    const connection = await connect(await fixture.module('orders'));
    const [rows] = await connection.query('SELECT REPEAT("a", 9000000) AS a, REPEAT("b", 9000000) AS b');
    expect((rows as unknown[])[0]).toEqual({ a: 'a'.repeat(9_000_000), b: 'b'.repeat(9_000_000) });
    connection.destroy();
  });

  it('says how long it waited when no backend came', async () => {
    fixture = new RelayFixture({ url: mariadbUrl, max: 1, limits: { acquireTimeoutMs: 1_500 } });
    const module = await fixture.module('orders');
    const [first, second] = [await connect(module), await connect(module)];
    await first.beginTransaction();
    await expect(second.query('SELECT 1')).rejects.toMatchObject({
      code: 'ER_CON_COUNT_ERROR',
      message: expect.stringMatching(/module 'orders' waited \d+ ms/),
    });
    await first.rollback();
    expect(await one(second, 'SELECT 7')).toBe(7);
    first.destroy();
    second.destroy();
  });
});
