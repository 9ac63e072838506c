import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import mysql from 'mysql2';
import { createConnection, createPool } from 'mysql2/promise';
import { commands } from '../../src/database/mysql/mysql-command.js';
import { packetOf } from '../../src/database/mysql/mysql-packets.js';
import { mariadbAnswers, numbers } from './mariadb-server.js';
import { mysqlDatabase, MysqlRelayFixture, one } from './mysql-relay-fixture.js';
import { RelayPool } from './mysql-relay-host.js';

/** What a server says of a statement that is not prepared, or no more. */
const unknownStatement = 1243;

/** The number of the error with which a server answers when it is to execute that prepared statement. */
async function executed(socket: Duplex, statement: number): Promise<number> {
  const command = Buffer.alloc(10);
  command[0] = commands.execute;
  command.writeUInt32LE(statement, 1);
  command.writeUInt32LE(1, 6);
  const answered = once(socket, 'data') as Promise<[Buffer]>;
  socket.resume();
  socket.write(packetOf(0, command));
  const [bytes] = await answered;
  return bytes[4] === 0xff ? bytes.readUInt16LE(5) : 0;
}

const suite = (await mariadbAnswers()) ? describe : describe.skip;

suite('sessions of MySQL relayed', () => {
  const fixture = new MysqlRelayFixture();

  describe('streaming', () => {
    const million = `SELECT i AS seq, REPEAT('x', 100) AS filler FROM ${numbers(200_000)}`;

    it('gives every row', async () => {
      const connection = mysql.createConnection({ stream: fixture.pool.stream });
      let count = 0;
      for await (const row of connection.query(million).stream()) count += (row as { seq: number }).seq > 0 ? 1 : 0;
      connection.destroy();
      expect(count).toBe(200_000);
    });

    it('abandoned half way leaks no row to whoever is next', async () => {
      // The next one waits for all the rows.
      fixture.use(1, 25_000);
      const connection = mysql.createConnection({ stream: fixture.pool.stream });
      for await (const row of connection.query(million).stream()) if ((row as { seq: number }).seq === 1000) break;
      const other = await fixture.relayed();
      expect(await one(other, 'SELECT 7')).toBe(7);
      const same = await new Promise((resolve) => connection.query('SELECT 8 AS a', (_error, rows) => resolve(rows)));
      expect(same).toEqual([{ a: 8 }]);
      connection.destroy();
    });

    it('ends with the module: the backend is dropped while rows are on their way', async () => {
      fixture.use(1);
      const connection = mysql.createConnection({ stream: fixture.pool.stream });
      const lost = new Promise((resolve) => connection.once('error', resolve));
      await new Promise((resolve) => connection.query(million).once('result', resolve));
      for (const virtual of fixture.pool.connections) virtual.destroy();
      expect(await lost).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
      expect(await one(await fixture.relayed(), 'SELECT 7')).toBe(7);
    });
  });

  describe('lending', () => {
    it('serves many connections with few backends', async () => {
      const module = createPool({ stream: fixture.pool.stream, connectionLimit: 20 });
      const wanted = Array.from({ length: 400 }, (_, index) => index);
      const got = await Promise.all(
        wanted.map(async (value) => ((await module.query('SELECT ? AS v', [value]))[0] as { v: number }[])[0]?.v),
      );
      expect(got).toEqual(wanted);
      expect(fixture.pool.backends.size).toBeLessThanOrEqual(3);
      await module.end();
    });

    it('keeps a transaction on one backend, and ends it with the connection', async () => {
      await fixture.direct.query('CREATE TABLE mysql_relay_row (id int PRIMARY KEY)');
      const connection = await fixture.relayed();
      await connection.beginTransaction();
      await connection.query('INSERT INTO mysql_relay_row VALUES (1)');
      expect(fixture.pool.idleBackends).toBe(0);
      await connection.commit();
      expect(fixture.pool.idleBackends).toBe(1);
      await connection.beginTransaction();
      await connection.query('DELETE FROM mysql_relay_row');
      for (const virtual of fixture.pool.connections) virtual.destroy();
      const other = await fixture.relayed();
      await other.query('SET innodb_lock_wait_timeout = 5');
      expect((await other.query('DELETE FROM mysql_relay_row WHERE id = 1'))[0]).toMatchObject({ affectedRows: 1 });
    });

    it('sees a transaction that a failed procedure left open', async () => {
      fixture.use(1);
      await fixture.direct.query(`CREATE PROCEDURE mysql_relay_open()
        BEGIN START TRANSACTION; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'half way'; END`);
      const connection = await fixture.relayed();
      await expect(connection.query('CALL mysql_relay_open()')).rejects.toThrow('half way');
      const id = await one(connection, 'SELECT CONNECTION_ID()');
      expect(fixture.pool.idleBackends).toBe(0);
      await connection.rollback();
      expect(fixture.pool.idleBackends).toBe(1);
      expect(await one(connection, 'SELECT CONNECTION_ID()')).toBe(id);
      await fixture.direct.query('DROP PROCEDURE mysql_relay_open');
    });

    it('sees that a deadlock ended the transaction', async () => {
      await fixture.direct.query('CREATE TABLE mysql_relay_row (id int PRIMARY KEY, v int)');
      await fixture.direct.query('INSERT INTO mysql_relay_row VALUES (1, 0), (2, 0)');
      const connection = await fixture.relayed();
      await connection.beginTransaction();
      await connection.query('UPDATE mysql_relay_row SET v = 1 WHERE id = 1');
      await fixture.direct.beginTransaction();
      // The one that changed less is the victim.
      await fixture.direct.query(`INSERT INTO mysql_relay_row SELECT 1000 + i, 0 FROM ${numbers(1000)}`);
      await fixture.direct.query('UPDATE mysql_relay_row SET v = 2 WHERE id = 2');
      const [blocked] = await Promise.allSettled([
        connection.query('UPDATE mysql_relay_row SET v = 1 WHERE id = 2'),
        fixture.direct.query('UPDATE mysql_relay_row SET v = 2 WHERE id = 1'),
      ]);
      expect(blocked).toMatchObject({ reason: { code: 'ER_LOCK_DEADLOCK' } });
      expect(await one(connection, 'SELECT 7')).toBe(7);
      expect(fixture.pool.idleBackends).toBe(1);
      await fixture.direct.rollback();
    });

    it('keeps what SET TRANSACTION says for the next transaction', async () => {
      await fixture.direct.query('CREATE TABLE mysql_relay_row (id int)');
      const connection = await fixture.relayed();
      await connection.query('SET TRANSACTION READ ONLY');
      expect(fixture.pool.idleBackends).toBe(0);
      await connection.beginTransaction();
      await expect(connection.query('DELETE FROM mysql_relay_row')).rejects.toThrow('READ ONLY');
      await connection.rollback();
      expect(fixture.pool.idleBackends).toBe(1);
    });

    it('keeps the backend while statements are prepared', async () => {
      const connection = await fixture.relayed();
      await connection.execute('SELECT ? AS a', [1]);
      expect(fixture.pool.idleBackends).toBe(0);
      connection.unprepare('SELECT ? AS a');
      // Closing has no answer: the relay asks with a ping of its own, which the second one comes after.
      await connection.ping();
      await connection.ping();
      expect(fixture.pool.idleBackends).toBe(1);
      const statement = await connection.prepare('SELECT ? AS b');
      expect((await statement.execute([2]))[0]).toEqual([{ b: 2 }]);
      expect((await statement.execute([3]))[0]).toEqual([{ b: 3 }]);
    });

    it('gives the next owner nothing of the session before', async () => {
      fixture.use(1);
      const first = await fixture.relayed({ charset: 'utf8mb4_unicode_ci' });
      const id = await one(first, 'SELECT CONNECTION_ID()');
      await first.query('SET @secret = 1');
      expect(fixture.pool.idleBackends).toBe(0);
      await first.query('CREATE TEMPORARY TABLE mysql_relay_temporary (id int)');
      await first.query("SELECT GET_LOCK('mysql_relay', 0)");
      await first.query("SET sql_mode = 'ANSI_QUOTES', time_zone = '+05:00', NAMES latin1");
      await first.query('USE information_schema');
      const { id: statement } = (await first.prepare('SELECT 1')) as unknown as { id: number };
      const backend = [...fixture.pool.backends][0];
      await backend?.reset();
      expect(await executed(backend!.socket, statement)).toBe(unknownStatement);
      const checked = new RelayPool(
        {
          ...fixture.pool.engine,
          connect: async () => backend as never,
          createRelay: (host) => fixture.pool.engine.createRelay(host),
        },
        1,
      );
      const next = await createConnection({ stream: checked.stream });
      expect(await one(next, 'SELECT CONNECTION_ID()')).toBe(id);
      expect(await one(next, 'SELECT @secret')).toBeNull();
      expect(await one(next, "SELECT IS_FREE_LOCK('mysql_relay')")).toBe(1);
      expect(await one(next, 'SELECT DATABASE()')).toBe(mysqlDatabase);
      expect(await one(next, 'SELECT @@collation_connection')).toBe('utf8mb4_unicode_ci');
      expect(await one(next, 'SELECT @@time_zone')).toBe('SYSTEM');
      expect(await one(next, 'SELECT @@sql_mode')).toBe(await one(fixture.direct, 'SELECT @@sql_mode'));
      expect(await one(next, 'SELECT @@wait_timeout')).toBe(await one(fixture.direct, 'SELECT @@wait_timeout'));
      await expect(next.query('SELECT * FROM mysql_relay_temporary')).rejects.toMatchObject({
        code: 'ER_NO_SUCH_TABLE',
      });
      next.destroy();
      checked.close();
    });

    it('reads statements as the mode of the session has the server read them', async () => {
      const connection = await fixture.relayed();
      const sql = "SELECT '\\' INTO OUTFILE '/tmp/never' -- '";
      await expect(connection.query(sql)).rejects.not.toMatchObject({ errno: 1227 });
      await connection.query("SET sql_mode = 'NO_BACKSLASH_ESCAPES'");
      await expect(connection.query(sql)).rejects.toMatchObject({ errno: 1227 });
      const other = await fixture.relayed();
      const named = `SELECT 1 AS "\\" INTO OUTFILE '/tmp/never' -- "`;
      await expect(other.query(named)).resolves.toBeDefined();
      await other.query("SET sql_mode = 'ANSI_QUOTES'");
      await expect(other.query(named)).rejects.toMatchObject({ errno: 1227 });
    });

    it('fails a statement that found no backend in time, and goes on', async () => {
      fixture.use(1, 100);
      const second = await fixture.relayed();
      const first = await fixture.relayed();
      await first.beginTransaction();
      for (const sql of ['SELECT 1', 'SET @secret = 1', 'SET TRANSACTION READ ONLY', 'SET FOREIGN_KEY_CHECKS = 0'])
        await expect(second.query(sql)).rejects.toMatchObject({ code: 'ER_CON_COUNT_ERROR', sqlState: '08004' });
      await first.rollback();
      expect(await one(second, 'SELECT 7')).toBe(7);
      expect(await one(first, 'SELECT 8')).toBe(8);
    });

    it('keeps a backend while foreign keys are not checked, and no longer', async () => {
      fixture.use(1, 100);
      const [first, second] = [await fixture.relayed(), await fixture.relayed()];
      await first.query('SET FOREIGN_KEY_CHECKS = 0');
      await expect(second.query('SELECT 1')).rejects.toMatchObject({ code: 'ER_CON_COUNT_ERROR' });
      expect(await one(first, 'SELECT @@foreign_key_checks')).toBe(0);
      await first.query('SET FOREIGN_KEY_CHECKS = 1');
      expect(await one(second, 'SELECT @@foreign_key_checks')).toBe(1);
    });
  });

  describe('ending statements', () => {
    it('ends the statement of another connection with KILL QUERY and the id it got at login', async () => {
      const [first, second] = [await fixture.relayed(), await fixture.relayed()];
      const slept = first.query('SELECT SLEEP(30) FROM mysql.user');
      await fixture.eventually(
        `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '${mysqlDatabase}' AND STATE = 'User sleep'`,
        1,
      );
      await second.query(`KILL QUERY ${first.threadId}`);
      await expect(slept).rejects.toMatchObject({ code: 'ER_QUERY_INTERRUPTED' });
      expect(await one(first, 'SELECT 7')).toBe(7);
      await expect(second.query(`KILL ${first.threadId}`)).rejects.toMatchObject({ errno: 1227 });
    });

    it('says that the connection was lost when it was killed in a statement or a transaction', async () => {
      const asleep = await fixture.relayed();
      const id = await one(asleep, 'SELECT CONNECTION_ID()');
      const slept = asleep.query('SELECT SLEEP(30) FROM mysql.user');
      await fixture.eventually(
        `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ${String(id)} AND STATE = 'User sleep'`,
        1,
      );
      await fixture.direct.query(`KILL CONNECTION ${String(id)}`);
      await expect(slept).rejects.toMatchObject({ fatal: true });
      const open = await fixture.relayed();
      await open.beginTransaction();
      const lost = new Promise((resolve) => open.on('error', resolve));
      await fixture.direct.query(`KILL CONNECTION ${String(await one(open, 'SELECT CONNECTION_ID()'))}`);
      expect(await lost).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
    });

    it('takes another backend when an idle one was killed', async () => {
      const connection = await fixture.relayed();
      const id = await one(connection, 'SELECT CONNECTION_ID()');
      const closed = new Promise((resolve) => [...fixture.pool.backends][0]?.socket.once('close', resolve));
      await fixture.direct.query(`KILL CONNECTION ${String(id)}`);
      await closed;
      expect(await one(connection, 'SELECT CONNECTION_ID()')).not.toBe(id);
    });
  });
});
