import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import mysql from 'mysql2';
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  createPool,
  type RowDataPacket,
} from 'mysql2/promise';
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { MysqlRelayEngine } from '../../src/database/mysql/mysql-relay-engine.js';
import { mariadb, mariadbAnswers } from './mariadb-server.js';
import { RelayPool } from './mysql-relay-host.js';

@Entity('mysql_relay_note')
class Note {
  @PrimaryGeneratedColumn() id!: number;
  @Column('varchar', { length: 200 }) text!: string;
  @Column('decimal', { precision: 20, scale: 4 }) amount!: string;
  @Column('datetime', { precision: 6 }) at!: Date;
  @Column('json', { nullable: true }) tags!: unknown;
}

const suite = (await mariadbAnswers()) ? describe : describe.skip;

suite('MySQL relayed, with mysql2 and a real MariaDB', () => {
  const address = { name: 'main', ...mariadb, deadlineMs: 5000 };
  let direct: Connection;
  let pool: RelayPool;
  const opened: Connection[] = [];

  const relayed = async (options: ConnectionOptions = {}): Promise<Connection> => {
    const connection = await createConnection({ stream: pool.stream, ...options });
    connection.on('error', () => {});
    opened.push(connection);
    return connection;
  };
  const one = async (connection: Connection, sql: string): Promise<unknown> => {
    const [rows] = await connection.query<RowDataPacket[][]>({ sql, rowsAsArray: true });
    return rows[0]?.[0];
  };
  const use = (max: number, acquireTimeoutMs?: number): void => {
    pool.close();
    pool = new RelayPool(new MysqlRelayEngine(address), max, acquireTimeoutMs);
  };
  /** Asks the server until it says so: what it does when a socket closes takes it a moment. */
  const eventually = async (sql: string, value: unknown): Promise<void> => {
    const deadline = Date.now() + 5000;
    while ((await one(direct, sql)) !== value && Date.now() < deadline);
    expect(await one(direct, sql)).toBe(value);
  };

  beforeAll(async () => {
    direct = await createConnection(mariadb);
  });
  beforeEach(() => {
    pool = new RelayPool(new MysqlRelayEngine(address), 3);
  });
  afterEach(async () => {
    for (const connection of opened.splice(0)) connection.destroy();
    pool.close();
    await direct.query('DROP TABLE IF EXISTS mysql_relay_row, mysql_relay_note');
  });
  afterAll(async () => {
    await direct.end();
  });

  describe('login', () => {
    it('shows the module the real server, without a password', async () => {
      const connection = await relayed({ user: 'nobody', password: 'wrong' });
      expect(await one(connection, 'SELECT VERSION()')).toBe(await one(direct, 'SELECT VERSION()'));
      expect(await one(connection, 'SELECT DATABASE()')).toBe('test');
    });

    it('gives the session the character set and the flags the module asked for', async () => {
      const connection = await relayed({ charset: 'latin1_swedish_ci', flags: ['-FOUND_ROWS'] });
      expect(await one(connection, 'SELECT @@collation_connection')).toBe('latin1_swedish_ci');
      await direct.query('CREATE TABLE mysql_relay_row (id int)');
      await direct.query('INSERT INTO mysql_relay_row VALUES (1)');
      const [unchanged] = await connection.query('UPDATE mysql_relay_row SET id = 1');
      expect(unchanged).toMatchObject({ affectedRows: 0 });
      const [found] = await (await relayed()).query('UPDATE mysql_relay_row SET id = 1');
      expect(found).toMatchObject({ affectedRows: 1 });
    });

    it('fails as a direct login does, and names neither host, user nor password', async () => {
      pool = new RelayPool(new MysqlRelayEngine({ ...address, user: 'nobody_here', password: 'pa55word' }), 1);
      const failure = await relayed().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR', errno: 1045, sqlState: '28000' });
      expect(String(failure)).not.toMatch(/nobody_here|pa55word|127\.0\.0\.1/);
      await expect(pool.engine.connect({})).rejects.toMatchObject({ code: 'CONFIGURATION', family: 'database' });
      expect(pool.reasons.join()).toContain("the server refused user 'nobody_here'");
    });

    it('says which part of the address is wrong', async () => {
      const unknown = new MysqlRelayEngine({ ...address, database: 'mysql_relay_missing' });
      await expect(unknown.connect({})).rejects.toThrow("there is no database 'mysql_relay_missing' on the server");
      const probe = createServer().listen(0, '127.0.0.1');
      await once(probe, 'listening');
      const { port } = probe.address() as AddressInfo;
      await new Promise((resolve) => probe.close(resolve));
      const refused = new MysqlRelayEngine({ ...address, port }).connect({});
      await expect(refused).rejects.toMatchObject({ code: 'CONNECTION', details: { driverCode: 'ECONNREFUSED' } });
    });

    it('does not wait for ever for a server that says nothing', async () => {
      const silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const waited = new MysqlRelayEngine({ ...address, port, deadlineMs: 50 }).connect({});
      await expect(waited).rejects.toThrow('no login within 50 ms');
      silent.close();
    });

    it('needs TLS when the address says so', async () => {
      const secured = new MysqlRelayEngine({ ...address, ssl: {} }).connect({});
      await expect(secured).rejects.toMatchObject({ code: 'CONFIGURATION' });
    });
  });

  describe('statements', () => {
    const values = `SELECT CAST(-9223372036854775808 AS SIGNED) AS least, 18446744073709551615 AS most, 1.10 AS exact,
      1e300 AS big, NULL AS nothing, TIMESTAMP'2024-02-29 23:59:59.123456' AS moment, DATE'2024-02-29' AS day,
      TIME'-838:59:59' AS span, x'00ff' AS bytes, JSON_OBJECT('a', 1) AS doc, 'žluťoučký 🐎' AS text, '' AS empty`;

    it.each([
      {},
      { supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, rowsAsArray: true, timezone: '+03:00' },
    ])('give the same values as direct, as text and as prepared (%j)', async (options) => {
      const expected = await createConnection({ ...mariadb, ...options });
      const connection = await relayed(options);
      expect(await connection.query(values)).toEqual(await expected.query(values));
      expect(await connection.execute(values)).toEqual(await expected.execute(values));
      const parameters = ['🐎', 1.5, null, Buffer.from([0, 255]), new Date('2024-02-29T12:00:00Z'), '9007199254740993'];
      const echo = 'SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, ? AS f';
      expect(await connection.execute(echo, parameters)).toEqual(await expected.execute(echo, parameters));
      expect(await connection.query(echo, parameters)).toEqual(await expected.query(echo, parameters));
      await expected.end();
    });

    it('carry values that need several packets', async () => {
      const largest = await one(direct, 'SELECT @@global.max_allowed_packet');
      await direct.query('SET GLOBAL max_allowed_packet = 67108864');
      try {
        await direct.query('CREATE TABLE mysql_relay_row (id int, data longblob)');
        const connection = await relayed();
        const data = Buffer.alloc(20_000_000, 'abcdefg');
        await connection.query('INSERT INTO mysql_relay_row VALUES (1, ?)', [data]);
        await connection.execute('INSERT INTO mysql_relay_row VALUES (2, ?)', [data]);
        const [rows] = await connection.query<RowDataPacket[]>('SELECT data FROM mysql_relay_row ORDER BY id');
        expect(rows.map((row) => data.equals(row['data'] as Buffer))).toEqual([true, true]);
        expect(await one(connection, 'SELECT 7')).toBe(7);
      } finally {
        await direct.query(`SET GLOBAL max_allowed_packet = ${String(largest)}`);
      }
    });

    it('fail with the error of the server', async () => {
      const connection = await relayed();
      await direct.query('CREATE TABLE mysql_relay_row (id int PRIMARY KEY)');
      await connection.query('INSERT INTO mysql_relay_row VALUES (1)');
      for (const sql of ['SELECT nothing', 'INSERT INTO mysql_relay_row VALUES (1)', 'SELEC 1', "SELECT '\0"]) {
        const expected = await direct.query(sql).catch((error: unknown) => error);
        const { code, errno, sqlState, message } = expected as Record<string, unknown>;
        await expect(connection.query(sql)).rejects.toMatchObject({ code, errno, sqlState, message });
      }
      expect(await one(connection, 'SELECT 7')).toBe(7);
    });

    it('may be several only for whom asked for that', async () => {
      const [several] = await (await relayed({ multipleStatements: true })).query('SELECT 1 AS a; DO 0; SELECT 2 AS b');
      expect(several).toMatchObject([[{ a: 1 }], { affectedRows: 0 }, [{ b: 2 }]]);
      await expect((await relayed()).query('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: 'ER_PARSE_ERROR' });
    });

    it('may call a procedure with several results', async () => {
      await direct.query('CREATE OR REPLACE PROCEDURE mysql_relay_two() BEGIN SELECT 1 AS a; SELECT 2 AS b; END');
      const connection = await relayed();
      expect((await connection.query('CALL mysql_relay_two()'))[0]).toMatchObject([[{ a: 1 }], [{ b: 2 }], {}]);
      expect((await connection.execute('CALL mysql_relay_two()'))[0]).toMatchObject([[{ a: 1 }], [{ b: 2 }], {}]);
      expect(await one(connection, 'SELECT 7')).toBe(7);
      await direct.query('DROP PROCEDURE mysql_relay_two');
    });

    it('sent ahead are answered in order, refused ones among them', async () => {
      const connection = await relayed();
      const answers = await Promise.allSettled([
        connection.query('SELECT SLEEP(0.05) AS a'),
        connection.query('SET GLOBAL foreign_key_checks = 0'),
        connection.query('SELECT 2 AS b'),
      ]);
      expect(answers).toMatchObject([
        { status: 'fulfilled', value: [[{ a: 0 }], {}] },
        { status: 'rejected', reason: { code: 'ER_SPECIFIC_ACCESS_DENIED_ERROR' } },
        { status: 'fulfilled', value: [[{ b: 2 }], {}] },
      ]);
    });
  });

  describe('streaming', () => {
    const million = 'SELECT seq, REPEAT("x", 100) AS filler FROM seq_1_to_200000';

    it('gives every row', async () => {
      const connection = mysql.createConnection({ stream: pool.stream });
      let count = 0;
      for await (const row of connection.query(million).stream()) count += (row as { seq: number }).seq > 0 ? 1 : 0;
      connection.destroy();
      expect(count).toBe(200_000);
    });

    it('abandoned half way leaks no row to whoever is next', async () => {
      use(1);
      const connection = mysql.createConnection({ stream: pool.stream });
      for await (const row of connection.query(million).stream()) if ((row as { seq: number }).seq === 1000) break;
      const other = await relayed();
      expect(await one(other, 'SELECT 7')).toBe(7);
      const same = await new Promise((resolve) => connection.query('SELECT 8 AS a', (_error, rows) => resolve(rows)));
      expect(same).toEqual([{ a: 8 }]);
      connection.destroy();
    });

    it('ends with the module: the backend is dropped while rows are on their way', async () => {
      use(1);
      const connection = mysql.createConnection({ stream: pool.stream });
      const lost = new Promise((resolve) => connection.once('error', resolve));
      await new Promise((resolve) => connection.query(million).once('result', resolve));
      for (const virtual of pool.connections) virtual.destroy();
      expect(await lost).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
      expect(await one(await relayed(), 'SELECT 7')).toBe(7);
    });
  });

  describe('lending', () => {
    it('serves many connections with few backends', async () => {
      const module = createPool({ stream: pool.stream, connectionLimit: 20 });
      const wanted = Array.from({ length: 400 }, (_, index) => index);
      const got = await Promise.all(
        wanted.map(async (value) => ((await module.query('SELECT ? AS v', [value]))[0] as { v: number }[])[0]?.v),
      );
      expect(got).toEqual(wanted);
      expect(pool.backends.size).toBeLessThanOrEqual(3);
      await module.end();
    });

    it('keeps a transaction on one backend, and ends it with the connection', async () => {
      await direct.query('CREATE TABLE mysql_relay_row (id int PRIMARY KEY)');
      const connection = await relayed();
      await connection.beginTransaction();
      await connection.query('INSERT INTO mysql_relay_row VALUES (1)');
      expect(pool.idleBackends).toBe(0);
      await connection.commit();
      expect(pool.idleBackends).toBe(1);
      await connection.beginTransaction();
      await connection.query('DELETE FROM mysql_relay_row');
      for (const virtual of pool.connections) virtual.destroy();
      const other = await relayed();
      await other.query('SET innodb_lock_wait_timeout = 5');
      expect((await other.query('DELETE FROM mysql_relay_row WHERE id = 1'))[0]).toMatchObject({ affectedRows: 1 });
    });

    it('sees a transaction that a failed procedure left open', async () => {
      use(1);
      await direct.query(`CREATE OR REPLACE PROCEDURE mysql_relay_open()
        BEGIN START TRANSACTION; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'half way'; END`);
      const connection = await relayed();
      await expect(connection.query('CALL mysql_relay_open()')).rejects.toThrow('half way');
      const id = await one(connection, 'SELECT CONNECTION_ID()');
      expect(pool.idleBackends).toBe(0);
      await connection.rollback();
      expect(pool.idleBackends).toBe(1);
      expect(await one(connection, 'SELECT CONNECTION_ID()')).toBe(id);
      await direct.query('DROP PROCEDURE mysql_relay_open');
    });

    it('sees that a deadlock ended the transaction', async () => {
      await direct.query('CREATE TABLE mysql_relay_row (id int PRIMARY KEY, v int)');
      await direct.query('INSERT INTO mysql_relay_row SELECT seq, 0 FROM seq_1_to_2');
      const connection = await relayed();
      await connection.beginTransaction();
      await connection.query('UPDATE mysql_relay_row SET v = 1 WHERE id = 1');
      await direct.beginTransaction();
      // The one that changed less is the victim.
      await direct.query('INSERT INTO mysql_relay_row SELECT seq, 0 FROM seq_1000_to_2000');
      await direct.query('UPDATE mysql_relay_row SET v = 2 WHERE id = 2');
      const [blocked] = await Promise.allSettled([
        connection.query('UPDATE mysql_relay_row SET v = 1 WHERE id = 2'),
        direct.query('UPDATE mysql_relay_row SET v = 2 WHERE id = 1'),
      ]);
      expect(blocked).toMatchObject({ reason: { code: 'ER_LOCK_DEADLOCK' } });
      expect(await one(connection, 'SELECT 7')).toBe(7);
      expect(pool.idleBackends).toBe(1);
      await direct.rollback();
    });

    it('keeps what SET TRANSACTION says for the next transaction', async () => {
      await direct.query('CREATE TABLE mysql_relay_row (id int)');
      const connection = await relayed();
      await connection.query('SET TRANSACTION READ ONLY');
      expect(pool.idleBackends).toBe(0);
      await connection.beginTransaction();
      await expect(connection.query('DELETE FROM mysql_relay_row')).rejects.toThrow('READ ONLY');
      await connection.rollback();
      expect(pool.idleBackends).toBe(1);
    });

    it('keeps the backend while statements are prepared', async () => {
      const connection = await relayed();
      await connection.execute('SELECT ? AS a', [1]);
      expect(pool.idleBackends).toBe(0);
      connection.unprepare('SELECT ? AS a');
      await connection.ping();
      expect(pool.idleBackends).toBe(1);
      const statement = await connection.prepare('SELECT ? AS b');
      expect((await statement.execute([2]))[0]).toEqual([{ b: 2 }]);
      expect((await statement.execute([3]))[0]).toEqual([{ b: 3 }]);
    });

    it('gives the next owner nothing of the session before', async () => {
      use(1);
      const first = await relayed({ charset: 'utf8mb4_unicode_ci' });
      const id = await one(first, 'SELECT CONNECTION_ID()');
      await first.query('SET @secret = 1');
      expect(pool.idleBackends).toBe(0);
      await first.query('CREATE TEMPORARY TABLE mysql_relay_temporary (id int)');
      await first.query("SELECT GET_LOCK('mysql_relay', 0)");
      await first.query("SET sql_mode = 'ANSI_QUOTES', time_zone = '+05:00', NAMES latin1");
      await first.query('USE information_schema');
      await first.execute('SELECT 1');
      const backend = [...pool.backends][0];
      await backend?.reset();
      const checked = new RelayPool(
        { ...pool.engine, connect: async () => backend as never, createRelay: (host) => pool.engine.createRelay(host) },
        1,
      );
      const next = await createConnection({ stream: checked.stream });
      expect(await one(next, 'SELECT CONNECTION_ID()')).toBe(id);
      expect(await one(next, 'SELECT @secret')).toBeNull();
      expect(await one(next, "SELECT IS_FREE_LOCK('mysql_relay')")).toBe(1);
      expect(await one(next, 'SELECT DATABASE()')).toBe('test');
      expect(await one(next, 'SELECT @@collation_connection')).toBe('utf8mb4_unicode_ci');
      expect(await one(next, 'SELECT @@time_zone')).toBe('SYSTEM');
      expect(await one(next, 'SELECT @@sql_mode')).toBe(await one(direct, 'SELECT @@sql_mode'));
      expect(await one(next, 'SELECT @@wait_timeout')).toBe(await one(direct, 'SELECT @@wait_timeout'));
      await expect(next.query('SELECT * FROM mysql_relay_temporary')).rejects.toMatchObject({
        code: 'ER_NO_SUCH_TABLE',
      });
      expect(
        await one(
          direct,
          "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'PREPARED_STMT_COUNT'",
        ),
      ).toBe('0');
      next.destroy();
      checked.close();
    });

    it('fails a statement that found no backend in time, and goes on', async () => {
      use(1, 100);
      const second = await relayed();
      const first = await relayed();
      await first.beginTransaction();
      await expect(second.query('SELECT 1')).rejects.toMatchObject({ code: 'ER_CON_COUNT_ERROR', sqlState: '08004' });
      await first.rollback();
      expect(await one(second, 'SELECT 7')).toBe(7);
    });
  });

  describe('ending statements', () => {
    it('ends the statement of another connection with KILL QUERY and the id it got at login', async () => {
      const [first, second] = [await relayed(), await relayed()];
      const slept = first.query('SELECT SLEEP(30) FROM mysql.user');
      await eventually(
        "SELECT COUNT(*) > 0 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(30)%'",
        1,
      );
      await second.query(`KILL QUERY ${first.threadId}`);
      await expect(slept).rejects.toMatchObject({ code: 'ER_QUERY_INTERRUPTED' });
      expect(await one(first, 'SELECT 7')).toBe(7);
      await expect(second.query(`KILL ${first.threadId}`)).rejects.toMatchObject({ errno: 1227 });
    });

    it('says that the connection was lost when it was killed in a statement or a transaction', async () => {
      const asleep = await relayed();
      const id = await one(asleep, 'SELECT CONNECTION_ID()');
      const slept = asleep.query('SELECT SLEEP(30) FROM mysql.user');
      await eventually(
        `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ${String(id)} AND STATE = 'User sleep'`,
        1,
      );
      await direct.query(`KILL CONNECTION ${String(id)}`);
      await expect(slept).rejects.toMatchObject({ fatal: true });
      const open = await relayed();
      await open.beginTransaction();
      const lost = new Promise((resolve) => open.on('error', resolve));
      await direct.query(`KILL CONNECTION ${String(await one(open, 'SELECT CONNECTION_ID()'))}`);
      expect(await lost).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
    });

    it('takes another backend when an idle one was killed', async () => {
      const connection = await relayed();
      const id = await one(connection, 'SELECT CONNECTION_ID()');
      const closed = new Promise((resolve) => [...pool.backends][0]?.socket.once('close', resolve));
      await direct.query(`KILL CONNECTION ${String(id)}`);
      await closed;
      expect(await one(connection, 'SELECT CONNECTION_ID()')).not.toBe(id);
    });
  });

  it('refuses what reaches beyond the grant', async () => {
    const connection = await relayed({ multipleStatements: true, infileStreamFactory: () => process.stdin });
    await direct.query('CREATE TABLE mysql_relay_row (id text)');
    for (const sql of [
      "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE mysql_relay_row",
      "SELECT 1 INTO OUTFILE '/tmp/mysql_relay_never'",
      "SELECT LOAD_FILE('/etc/passwd')",
      'SELECT 1; /*! SET GLOBAL */ max_connections = 1',
      "SET PASSWORD = ''",
      'SHUTDOWN',
    ])
      await expect(connection.query(sql)).rejects.toMatchObject({ errno: 1227 });
    const other = await relayed();
    await expect(other.changeUser({ user: 'root' })).rejects.toMatchObject({ errno: 1227 });
  });

  it('lets the server refuse LOAD DATA LOCAL that could not be read', async () => {
    await direct.query('CREATE TABLE mysql_relay_row (id text)');
    const connection = await relayed();
    const hidden = "EXECUTE IMMEDIATE CONCAT('LOAD DATA LOC', 'AL INFILE ''/etc/passwd'' INTO TABLE mysql_relay_row')";
    await expect(connection.query(hidden)).rejects.toThrow('disabled the local infile capability');
    expect(await one(connection, 'SELECT COUNT(*) FROM mysql_relay_row')).toBe(0);
  });

  it('runs TypeORM unchanged', async () => {
    const source = new DataSource({
      type: 'mysql',
      entities: [Note],
      synchronize: true,
      extra: { stream: pool.stream },
    });
    await source.initialize();
    const notes = source.getRepository(Note);
    const at = new Date('2024-02-29T12:00:00.123Z');
    const saved = await notes.save({ text: 'žluť 🐎', amount: '12345678901234.5678', at, tags: ['a', { b: 1 }] });
    expect(await notes.findOneBy({ id: saved.id })).toEqual({ ...saved, at });
    await expect(
      source.transaction(async (manager) => {
        await manager.delete(Note, saved.id);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    await source.transaction('SERIALIZABLE', (manager) => manager.update(Note, saved.id, { text: 'changed' }));
    expect(await notes.find()).toMatchObject([{ text: 'changed' }]);
    const stream = await source.createQueryBuilder(Note, 'note').stream();
    const streamed: unknown[] = [];
    for await (const row of stream) streamed.push(row);
    expect(streamed).toHaveLength(1);
    await source.destroy();
  });
});
