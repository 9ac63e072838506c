import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type Connection, type ConnectionOptions, createConnection, type RowDataPacket } from 'mysql2/promise';
import { MysqlRelayEngine } from '../../src/database/mysql/mysql-relay-engine.js';
import { createAnew, mariadb } from './mariadb-server.js';
import { RelayPool } from './mysql-relay-host.js';

/** Of this process: suites run side by side, and their tables have the same names. */
export const mysqlDatabase = `relay_${process.pid}`;
export const mysqlAddress = { name: 'main', login: { ...mariadb, database: mysqlDatabase }, deadlineMs: 5000 };

/** A direct connection for a suite, and a relay of its own for each test. */
export class MysqlRelayFixture {
  direct!: Connection;
  pool!: RelayPool;
  readonly #opened: Connection[] = [];

  constructor() {
    beforeAll(async () => {
      this.direct = await createConnection(mariadb);
      await createAnew(this.direct, 'DATABASE', mysqlDatabase);
      await this.direct.query(`USE ${mysqlDatabase}`);
    });
    beforeEach(() => {
      this.pool = new RelayPool(new MysqlRelayEngine(mysqlAddress), 3);
    });
    afterEach(async () => {
      for (const connection of this.#opened.splice(0)) connection.destroy();
      this.pool.close();
      await this.direct.query('DROP TABLE IF EXISTS mysql_relay_row, mysql_relay_note');
    });
    afterAll(async () => {
      await this.direct.query(`DROP DATABASE ${mysqlDatabase}`);
      await this.direct.end();
    });
  }

  /** Other limits for this test. */
  use(max: number, acquireTimeoutMs?: number): void {
    this.pool.close();
    this.pool = new RelayPool(new MysqlRelayEngine(mysqlAddress), max, acquireTimeoutMs);
  }

  async relayed(options: ConnectionOptions = {}): Promise<Connection> {
    const connection = await createConnection({ stream: this.pool.stream, ...options });
    connection.on('error', () => {});
    this.#opened.push(connection);
    return connection;
  }

  /** Asks the server until it says so: what it does when a socket closes takes it a moment. */
  async eventually(sql: string, value: unknown): Promise<void> {
    const deadline = Date.now() + 5000;
    while ((await one(this.direct, sql)) !== value && Date.now() < deadline);
    expect(await one(this.direct, sql)).toBe(value);
  }
}

/** The first value of the first row. */
export async function one(connection: Connection, sql: string): Promise<unknown> {
  const [rows] = await connection.query<RowDataPacket[][]>({ sql, rowsAsArray: true });
  return rows[0]?.[0];
}
