import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Database, Inject, Injectable, InjectDatabase, InjectDataSource, Module } from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import type { DataSource } from 'typeorm';
import { databaseServers } from './database-worlds.js';
import { until } from './orchestrator-fixture.js';

@Injectable()
class Sources {
  @InjectDataSource() readonly dataSource!: DataSource;
  @InjectDatabase() readonly database!: Database;
}

@Module({ id: 'killed', providers: [Sources] })
class KilledModule {
  @Inject(Sources) readonly sources!: Sources;
}

const worlds = [
  { world: 'direct', boot: (url: string) => testModule(KilledModule).env({ DATABASE_URL: url }).boot() },
  { world: 'proxied', boot: (url: string) => testModule(KilledModule).proxied().env({ DATABASE_URL: url }).boot() },
];
const sleeping = { PostgreSQL: 'SELECT pg_sleep(30)', MariaDB: 'SELECT SLEEP(30)' };

for (const { engine, describeHere, start } of databaseServers) {
  describeHere.each(worlds)(`a module whose connection to ${engine} is killed, $world`, ({ boot }) => {
    let server: Awaited<ReturnType<typeof start>>;
    let app: TestApp;
    let sources: Sources;
    beforeEach(async () => {
      server = await start();
      app = await boot(server.url);
      sources = app.get(Sources);
      await sources.dataSource.query('CREATE TABLE killed (id int PRIMARY KEY)');
    });
    afterEach(async () => {
      await app?.close();
      await server?.close();
    });

    const killed = async (mark: string): Promise<unknown> => {
      const failure = sources.dataSource.query(`${sleeping[engine]} /* ${mark} */`).catch((error: unknown) => error);
      await until(async () => (await server.running(mark)) === 1, 'it runs');
      await server.killRunning(mark);
      return failure;
    };

    it('has another connection for what TypeORM does in the same moment', async () => {
      expect(await killed('first_mark')).toMatchObject({ name: 'QueryFailedError' });
      await sources.dataSource.query('INSERT INTO killed VALUES (1)');
      expect(await killed('second_mark')).toMatchObject({ name: 'QueryFailedError' });
      expect(await sources.database.execute('INSERT INTO killed VALUES (2)')).toBe(1);
      expect(await sources.database.query('SELECT id FROM killed ORDER BY id')).toMatchObject([{ id: 1 }, { id: 2 }]);
    });
  });
}
