import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createDataSource, type DirectDatabase } from '../../src/database/index.js';
import type { DataSource } from 'typeorm';
import { databaseServers } from './database-worlds.js';
import { RelayFixture } from './relay-fixture.js';

const sets = {
  PostgreSQL: ["SET statement_timeout = '12s'", 'SHOW statement_timeout', '12s', 'SELECT pg_backend_pid()'],
  MariaDB: ['SET @mine = 12', 'SELECT @mine', '12', 'SELECT CONNECTION_ID()'],
} as const;

/** Several at once, so that each has a connection of its own. */
async function keepTwo(dataSource: DataSource, sql: string): Promise<void> {
  const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
  for (const runner of runners) await runner.query(sql);
  for (const runner of runners) await runner.release();
}

async function keepOne(dataSource: DataSource, sql: string): Promise<void> {
  await using runner = dataSource.createQueryRunner();
  await runner.query(sql);
}

for (const { engine, describeHere, start } of databaseServers) {
  describeHere(`connections of ${engine} that a SET keeps`, () => {
    const [set, show, shown, number] = sets[engine];
    let server: { readonly url: string; close(): Promise<void> };
    let relay: RelayFixture;
    let database: DirectDatabase;
    let sources: DataSource[];

    beforeEach(async () => {
      server = await start();
      relay = new RelayFixture({ url: server.url, max: 2 });
      database = await (await relay.module('one')).database();
      sources = [createDataSource(database.dataSource), createDataSource(database.dataSource)];
      for (const source of sources) await source.initialize();
    });

    afterEach(async () => {
      for (const source of sources) await source.destroy();
      await database.close();
      await relay.close();
      await server.close();
    });

    it('are given up by a DataSource that does not use them, when others wait', async () => {
      const [first, second] = sources;
      await keepTwo(first!, set);
      await expect(second!.query('SELECT 1 AS a')).resolves.toEqual([{ a: 1 }]);
      await expect(first!.query('SELECT 2 AS a')).resolves.toEqual([{ a: 2 }]);
    });

    it('are given up by one that reads from slaves, too', async () => {
      const [first, second] = sources;
      const node = {};
      const type = first!.options.type as 'postgres';
      const nodes = createDataSource(database.dataSource, { type, replication: { master: node, slaves: [node] } });
      await nodes.initialize();
      await keepTwo(nodes, set);
      await expect(second!.query('SELECT 1 AS a')).resolves.toEqual([{ a: 1 }]);
      await nodes.destroy();
    });

    it('are given up when another module waits', async () => {
      await using other = await (await relay.module('two')).database();
      await keepTwo(sources[0]!, set);
      await expect(other.query('SELECT 1 AS a')).resolves.toEqual([{ a: 1 }]);
      const [row] = await other.query(show);
      expect(Object.values(row!)).not.toEqual([shown]);
    });

    it('are given up by a DataSource that takes each again at once, when another module waits', async () => {
      await using other = await (await relay.module('two')).database();
      await keepTwo(sources[0]!, set);
      let isAnswered = false;
      const keepBusy = async () => {
        while (!isAnswered) await keepOne(sources[0]!, set);
      };
      const busy = [keepBusy(), keepBusy()];
      const answer = other.query('SELECT 1 AS a').finally(() => (isAnswered = true));
      await expect(answer).resolves.toEqual([{ a: 1 }]);
      await Promise.all(busy);
    });

    it('are of use to whoever is next, with nothing left in their sessions, when their DataSource is closed', async () => {
      const [first, second] = sources;
      await second!.destroy();
      const ids = new Set<unknown>();
      for (let round = 0; round < 5; round += 1) {
        await first!.query(set);
        const [row] = await first!.query<object[]>(number);
        ids.add(Object.values(row!)[0]);
        await first!.destroy();
        await first!.initialize();
        const [after] = await first!.query<object[]>(show);
        expect(Object.values(after!)).not.toEqual([shown]);
      }
      await second!.initialize();
      expect(ids.size).toBeLessThanOrEqual(2);
    });

    it('stay with a runner that is not released', async () => {
      await using runner = sources[0]!.createQueryRunner();
      await keepTwo(sources[0]!, set);
      await runner.query(set);
      await Promise.all(sources.map((source) => source.query('SELECT 1 AS a')));
      const rows: object[] = await runner.query(show);
      expect(Object.values(rows[0]!)).toEqual([shown]);
    });
  });
}
