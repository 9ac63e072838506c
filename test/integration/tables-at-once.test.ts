import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  Column,
  type DataSource,
  Entity,
  Index,
  type MigrationInterface,
  PrimaryGeneratedColumn,
  type QueryRunner,
} from 'typeorm';
import { createDataSource, type DirectDatabase, openDatabase } from '../../src/database/index.js';
import { TypeormSchemaTool } from '../../src/database/typeorm/typeorm-schema-tool.js';
import { closersAfterEach } from '../support/closers.js';
import { databaseServers } from './database-worlds.js';
import { RelayFixture } from './relay-fixture.js';

@Entity('at_once')
class AtOnce {
  @PrimaryGeneratedColumn() id!: number;
  @Index() @Column('varchar', { length: 50 }) text!: string;
}

class Create1700000000001 implements MigrationInterface {
  name = 'Create1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE migrated_at_once (id int PRIMARY KEY)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE migrated_at_once');
  }
}

/** Makes the tables of another DataSource in its own turn. */
class Nested1700000000002 extends Create1700000000001 {
  override name = 'Nested1700000000002';
  override async up({ connection }: QueryRunner): Promise<void> {
    const other = createDataSource(connection, { entities: [AtOnce], synchronize: true });
    await other.initialize();
    await other.destroy();
  }
}

class Fails1700000000003 extends Create1700000000001 {
  override name = 'Fails1700000000003';
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('SELECT broken');
  }
}

const worlds = ['direct', 'proxied'] as const;

for (const { engine, describeHere, start } of databaseServers)
  describeHere.each(worlds)(`${engine}, whose tables several change at once, %s`, (world) => {
    const closing = closersAfterEach();
    let server: { readonly url: string; close(): Promise<void> };

    beforeEach(async () => {
      server = await start();
    });
    afterEach(() => server.close());

    /** Three instances of a program, with one connection each, or with one for all of them. */
    const open = async (): Promise<DataSource[]> => {
      const relay = world === 'proxied' ? new RelayFixture({ url: server.url, max: 1 }) : undefined;
      closing.push(async () => relay?.close());
      const opening = ['one', 'two', 'three'].map(async (name) => {
        if (relay) return (await relay.module(name)).database([AtOnce]);
        return openDatabase({ url: server.url, name, maxConnections: 1, entities: [AtOnce] });
      });
      const databases: DirectDatabase[] = await Promise.all(opening);
      for (const database of databases) closing.push(() => database.close());
      return databases.map(({ dataSource }) => dataSource);
    };

    it('has them made once by `synchronize`', async () => {
      const sources = await open();
      await Promise.all(sources.map((source) => source.synchronize()));
      await expect(sources[0]!.getRepository(AtOnce).save({ text: 'a' })).resolves.toMatchObject({ id: 1 });
    });

    it('has each migration applied once, with `migrationsRun` of DataSources of their own', async () => {
      const options = { migrations: [Create1700000000001], migrationsRun: true };
      const sources = (await open()).map((source) => createDataSource(source, options));
      const opened = await Promise.all(sources.map((source) => source.initialize()));
      const rows = await opened[0]!.query<object[]>('SELECT * FROM migrations');
      for (const source of opened) await source.destroy();
      expect(rows).toHaveLength(1);
    });

    it('is free for the next when a migration or its dry run has failed', async () => {
      const [one, two] = (await open()).map((source) => createDataSource(source, { migrations: [Fails1700000000003] }));
      const dataSource = await one!.initialize();
      const tool = new TypeormSchemaTool({ name: 'one', dataSource, isSingleConnection: false });
      await expect(tool.migrate({ dryRun: true })).rejects.toThrow('broken');
      await expect(dataSource.runMigrations()).rejects.toThrow('broken');
      await two!.initialize();
      await expect(two!.runMigrations()).rejects.toThrow('broken');
      await Promise.all([one!.destroy(), two!.destroy()]);
    });
  });

for (const { engine, describeHere, start } of databaseServers)
  describeHere(`a migration on ${engine}`, () => {
    it('may open a DataSource that makes its tables', async () => {
      const server = await start();
      const database = await openDatabase({ url: server.url, name: 'main', migrations: [Nested1700000000002] });
      await database.dataSource.runMigrations({ transaction: 'none' });
      expect(await database.query('SELECT * FROM at_once')).toEqual([]);
      await database.close();
      await server.close();
    });
  });

const { describeHere, start } = databaseServers.find(({ engine }) => engine === 'PostgreSQL')!;
describeHere('tables that are made in a transaction', () => {
  it('are part of it: it goes on, and takes them back', async () => {
    const server = await start();
    const database = await openDatabase({ url: server.url, name: 'main', entities: [AtOnce] });
    const made = database.transactional(async () => {
      await database.dataSource.synchronize();
      await database.execute("INSERT INTO at_once (text) VALUES ('a')");
      expect(await database.dataSource.getRepository(AtOnce).count()).toBe(1);
      throw new Error('taken back');
    });
    await expect(made).rejects.toThrow('taken back');
    expect(await database.query("SELECT to_regclass('at_once') AS found")).toEqual([{ found: null }]);
    await database.close();
    await server.close();
  });
});
