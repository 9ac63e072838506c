import { expect, it } from '@jest/globals';
import { createDataSource, type DirectDatabase, openDatabase } from '../../src/database/index.js';
import { closersAfterEach } from '../support/closers.js';
import { databaseServers } from './database-worlds.js';
import { numbers } from './mariadb-server.js';
import { RelayFixture } from './relay-fixture.js';

const sql = {
  PostgreSQL: {
    rows: "SELECT n, repeat('x', 1000) FROM generate_series(1, 1000000) AS n",
    own: 'SELECT pg_backend_pid() AS id',
    end: (id: number) => `SELECT pg_terminate_backend(${id})`,
  },
  MariaDB: {
    rows: `SELECT i, repeat('x', 1000) FROM ${numbers(1_000_000)}`,
    own: 'SELECT CONNECTION_ID() AS id',
    end: (id: number) => `KILL ${id}`,
  },
};

for (const { engine, describeHere, start } of databaseServers)
  describeHere.each(['direct', 'proxied'])(`a stream of TypeORM on ${engine}, %s`, (world) => {
    const closing = closersAfterEach();
    const { rows, own, end } = sql[engine];

    it.each(['the injected DataSource', 'another'])(
      'ends with an error when its connection does: %s',
      async (which) => {
        const server = await start();
        closing.push(() => server.close());
        const outside = await openDatabase({ url: server.url, name: 'outside' });
        closing.push(() => outside.close());
        const relay = world === 'proxied' ? new RelayFixture({ url: server.url }) : undefined;
        closing.push(async () => relay?.close());
        const database: DirectDatabase = relay
          ? await (await relay.module('one')).database()
          : await openDatabase({ url: server.url, name: 'main' });
        closing.push(() => database.close());
        const isAnother = which === 'another';
        const source = isAnother ? await createDataSource(database.dataSource).initialize() : database.dataSource;
        const runner = source.createQueryRunner();
        const [{ id }] = (await runner.query(own)) as [{ id: number }];
        // So that the connection stays the same one.
        await runner.startTransaction();
        const stream = await runner.stream(rows);
        const reading = (async () => {
          let first: unknown;
          for await (const row of stream) {
            if (first === undefined) await outside.query(end(Number(id)));
            first ??= row;
          }
        })();
        await expect(reading).rejects.toThrow(/terminat|lost|closed|killed|EPIPE|ECONNRESET/i);
        await runner.release().catch(() => undefined);
        expect(await source.query('SELECT 1 AS one')).toHaveLength(1);
        if (isAnother) await source.destroy();
      },
    );
  });
