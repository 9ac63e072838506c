import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, InjectDatabase, InjectRepository, Module, type Database } from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import { Column, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import { databaseServers } from './database-worlds.js';

@Entity()
class Reading {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('varchar', { nullable: true }) note!: string | null;
  @Column('int', { nullable: true }) value!: number | null;
  @Column('json', { nullable: true }) details!: object | null;
}

@Injectable()
class Readings {
  constructor(
    @InjectRepository(Reading) readonly repository: Repository<Reading>,
    @InjectDatabase() readonly database: Database,
  ) {}
}

@Module({ id: 'readings', providers: [Readings], entities: [Reading] })
class ReadingsModule {}

const { describeHere, start } = databaseServers.find(({ engine }) => engine === 'MariaDB')!;
describe('a server of MariaDB that the url calls so', () => {
  describeHere.each(['direct', 'proxied'])('%s', (world) => {
    let server: Awaited<ReturnType<typeof start>>;
    let app: TestApp;

    beforeAll(async () => {
      server = await start();
      const module = testModule(ReadingsModule).env({ DATABASE_URL: server.url.replace('mysql:', 'mariadb:') });
      app = await (world === 'proxied' ? module.proxied() : module).boot();
    });

    afterAll(async () => {
      await app?.close();
      await server.close();
    });

    it('is what TypeORM takes it for: columns that may be null are not changed again and again', async () => {
      const { repository, database } = app.get(Readings);
      const { dataSource } = repository.manager;
      expect([dataSource.options.type, database.type]).toEqual(['mariadb', 'mysql']);
      const saved = await repository.save([{ note: 'one', value: 1, details: { a: [1] } }, {}]);
      const found = await repository.findBy(saved.map(({ id }) => ({ id })));
      expect(found.map(({ note, value, details }) => ({ note, value, details }))).toEqual(
        expect.arrayContaining([
          { note: 'one', value: 1, details: { a: [1] } },
          { note: null, value: null, details: null },
        ]),
      );
      await repository.delete(saved.map(({ id }) => id));
      expect(await repository.count()).toBe(0);
      expect((await dataSource.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
    });
  });
});
