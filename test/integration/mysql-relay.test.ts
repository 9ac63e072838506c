import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { MysqlRelayEngine } from '../../src/database/mysql/mysql-relay-engine.js';
import { allowLargeValues, mariadb, mariadbAnswers } from './mariadb-server.js';
import { mysqlAddress, mysqlDatabase, MysqlRelayFixture, one } from './mysql-relay-fixture.js';
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
  const fixture = new MysqlRelayFixture();

  describe('login', () => {
    it('shows the module the real server, without a password', async () => {
      const connection = await fixture.relayed({ user: 'nobody', password: 'wrong' });
      expect(await one(connection, 'SELECT VERSION()')).toBe(await one(fixture.direct, 'SELECT VERSION()'));
      expect(await one(connection, 'SELECT DATABASE()')).toBe(mysqlDatabase);
    });

    it('gives the session the character set and the flags the module asked for', async () => {
      const connection = await fixture.relayed({ charset: 'latin1_swedish_ci', flags: ['-FOUND_ROWS'] });
      expect(await one(connection, 'SELECT @@collation_connection')).toBe('latin1_swedish_ci');
      await fixture.direct.query('CREATE TABLE mysql_relay_row (id int)');
      await fixture.direct.query('INSERT INTO mysql_relay_row VALUES (1)');
      const [unchanged] = await connection.query('UPDATE mysql_relay_row SET id = 1');
      expect(unchanged).toMatchObject({ affectedRows: 0 });
      const [found] = await (await fixture.relayed()).query('UPDATE mysql_relay_row SET id = 1');
      expect(found).toMatchObject({ affectedRows: 1 });
    });

    it('fails as a direct login does, and names neither host, user nor password', async () => {
      fixture.pool = new RelayPool(
        new MysqlRelayEngine({ ...mysqlAddress, login: { ...mariadb, user: 'nobody_here', password: 'pa55word' } }),
        1,
      );
      const failure = await fixture.relayed().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR', errno: 1045, sqlState: '28000' });
      expect(String(failure)).not.toMatch(/nobody_here|pa55word|127\.0\.0\.1/);
      await expect(fixture.pool.engine.connect({})).rejects.toMatchObject({
        code: 'CONFIGURATION',
        family: 'database',
      });
      expect(fixture.pool.reasons.join()).toContain("the server refused user 'nobody_here'");
    });

    it('says which part of the address is wrong', async () => {
      const unknown = new MysqlRelayEngine({ ...mysqlAddress, login: { ...mariadb, database: 'mysql_relay_missing' } });
      await expect(unknown.connect({})).rejects.toThrow("there is no database 'mysql_relay_missing' on the server");
      const probe = createServer().listen(0, '127.0.0.1');
      await once(probe, 'listening');
      const { port } = probe.address() as AddressInfo;
      await new Promise((resolve) => probe.close(resolve));
      const refused = new MysqlRelayEngine({ ...mysqlAddress, login: { ...mariadb, port } }).connect({});
      await expect(refused).rejects.toMatchObject({ code: 'CONNECTION', details: { driverCode: 'ECONNREFUSED' } });
    });

    it('does not wait for ever for a server that says nothing', async () => {
      const silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const waited = new MysqlRelayEngine({ ...mysqlAddress, login: { ...mariadb, port }, deadlineMs: 50 }).connect({});
      await expect(waited).rejects.toThrow('no login within 50 ms');
      silent.close();
    });

    it('needs TLS when the address says so', async () => {
      const login = { ...mariadb, ssl: { rejectUnauthorized: true, verifyIdentity: true } };
      const secured = new MysqlRelayEngine({ ...mysqlAddress, login }).connect({});
      await expect(secured).rejects.toMatchObject({ code: 'CONFIGURATION' });
    });
  });

  describe('statements', () => {
    const values = `SELECT CAST(-9223372036854775808 AS SIGNED) AS least, 18446744073709551615 AS most, 1.10 AS exact,
      1e300 AS big, NULL AS nothing, TIMESTAMP'2024-02-29 23:59:59.123456' AS moment, DATE'2024-02-29' AS day,
      TIME'-838:59:59' AS span, x'00ff' AS bytes, JSON_OBJECT('a', 1) AS doc, 'žluťoučký 🐎' AS text, '' AS blank`;

    it.each([
      {},
      { supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, rowsAsArray: true, timezone: '+03:00' },
    ])('give the same values as fixture.direct, as text and as prepared (%j)', async (options) => {
      const expected = await createConnection({ ...mariadb, ...options });
      const connection = await fixture.relayed(options);
      expect(await connection.query(values)).toEqual(await expected.query(values));
      expect(await connection.execute(values)).toEqual(await expected.execute(values));
      const parameters = ['🐎', 1.5, null, Buffer.from([0, 255]), new Date('2024-02-29T12:00:00Z'), '9007199254740993'];
      const echo = 'SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, ? AS f';
      expect(await connection.execute(echo, parameters)).toEqual(await expected.execute(echo, parameters));
      expect(await connection.query(echo, parameters)).toEqual(await expected.query(echo, parameters));
      await expected.end();
    });

    it('carry values that need several packets', async () => {
      await allowLargeValues(fixture.direct);
      await fixture.direct.query('CREATE TABLE mysql_relay_row (id int, data longblob)');
      const connection = await fixture.relayed();
      const data = Buffer.alloc(20_000_000, 'abcdefg');
      await connection.query('INSERT INTO mysql_relay_row VALUES (1, ?)', [data]);
      await connection.execute('INSERT INTO mysql_relay_row VALUES (2, ?)', [data]);
      const [rows] = await connection.query<RowDataPacket[]>('SELECT data FROM mysql_relay_row ORDER BY id');
      expect(rows.map((row) => data.equals(row['data'] as Buffer))).toEqual([true, true]);
      expect(await one(connection, 'SELECT 7')).toBe(7);
    });

    it('fail with the error of the server', async () => {
      const connection = await fixture.relayed();
      await fixture.direct.query('CREATE TABLE mysql_relay_row (id int PRIMARY KEY)');
      await connection.query('INSERT INTO mysql_relay_row VALUES (1)');
      for (const sql of ['SELECT nothing', 'INSERT INTO mysql_relay_row VALUES (1)', 'SELEC 1', "SELECT '\0"]) {
        const expected = await fixture.direct.query(sql).catch((error: unknown) => error);
        const { code, errno, sqlState, message } = expected as Record<string, unknown>;
        await expect(connection.query(sql)).rejects.toMatchObject({ code, errno, sqlState, message });
      }
      expect(await one(connection, 'SELECT 7')).toBe(7);
    });

    it('may be several only for whom asked for that', async () => {
      const [several] = await (
        await fixture.relayed({ multipleStatements: true })
      ).query('SELECT 1 AS a; DO 0; SELECT 2 AS b');
      expect(several).toMatchObject([[{ a: 1 }], { affectedRows: 0 }, [{ b: 2 }]]);
      await expect((await fixture.relayed()).query('SELECT 1; SELECT 2')).rejects.toMatchObject({
        code: 'ER_PARSE_ERROR',
      });
    });

    it('may call a procedure with several results', async () => {
      await fixture.direct.query('CREATE PROCEDURE mysql_relay_two() BEGIN SELECT 1 AS a; SELECT 2 AS b; END');
      const connection = await fixture.relayed();
      expect((await connection.query('CALL mysql_relay_two()'))[0]).toMatchObject([[{ a: 1 }], [{ b: 2 }], {}]);
      expect((await connection.execute('CALL mysql_relay_two()'))[0]).toMatchObject([[{ a: 1 }], [{ b: 2 }], {}]);
      expect(await one(connection, 'SELECT 7')).toBe(7);
      await fixture.direct.query('DROP PROCEDURE mysql_relay_two');
    });

    it('sent ahead are answered in order, refused ones among them', async () => {
      const connection = await fixture.relayed();
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

  it('refuses what reaches beyond the grant', async () => {
    const connection = await fixture.relayed({ multipleStatements: true, infileStreamFactory: () => process.stdin });
    await fixture.direct.query('CREATE TABLE mysql_relay_row (id text)');
    for (const sql of [
      "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE mysql_relay_row",
      "SELECT 1 INTO OUTFILE '/tmp/mysql_relay_never'",
      "SELECT LOAD_FILE('/etc/passwd')",
      'SELECT 1; /*! SET GLOBAL */ max_connections = 1',
      "SET PASSWORD = ''",
      'SHUTDOWN',
    ])
      await expect(connection.query(sql)).rejects.toMatchObject({ errno: 1227 });
    const other = await fixture.relayed();
    await expect(other.changeUser({ user: 'root' })).rejects.toMatchObject({ errno: 1227 });
  });

  it('lets the server refuse LOAD DATA LOCAL that could not be read', async () => {
    await fixture.direct.query('CREATE TABLE mysql_relay_row (id text)');
    const connection = await fixture.relayed();
    const hidden = "EXECUTE IMMEDIATE CONCAT('LOAD DATA LOC', 'AL INFILE ''/etc/passwd'' INTO TABLE mysql_relay_row')";
    await expect(connection.query(hidden)).rejects.toThrow('disabled the local infile capability');
    expect(await one(connection, 'SELECT COUNT(*) FROM mysql_relay_row')).toBe(0);
  });

  it('runs TypeORM unchanged', async () => {
    const source = new DataSource({
      type: 'mysql',
      entities: [Note],
      synchronize: true,
      extra: { stream: fixture.pool.stream },
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
