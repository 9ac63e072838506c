import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Injectable, InjectRepository, Module } from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import { Column, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import { databaseServers } from './database-worlds.js';

@Entity()
class Ticket {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('varchar') subject!: string;
}

@Injectable()
class Tickets {
  constructor(@InjectRepository(Ticket) readonly repository: Repository<Ticket>) {}
}

@Module({ id: 'tickets', providers: [Tickets], entities: [Ticket] })
class TicketsModule {}

for (const { engine, describeHere, start } of databaseServers) {
  describeHere.each(['direct', 'proxied'])(`keys that are UUIDs, on ${engine}, %s`, (world) => {
    let server: Awaited<ReturnType<typeof start>>;
    let app: TestApp;

    beforeAll(async () => {
      server = await start();
      const module = testModule(TicketsModule).env({ DATABASE_URL: server.url });
      app = await (world === 'proxied' ? module.proxied() : module).boot();
    });

    afterAll(async () => {
      await app?.close();
      await server.close();
    });

    it('are made without an extension of the server, and need no change of the tables afterwards', async () => {
      const { repository } = app.get(Tickets);
      const { id } = await repository.save({ subject: 'first' });
      expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(await repository.findOneByOrFail({ id })).toEqual({ id, subject: 'first' });
      const { dataSource } = repository.manager;
      expect((await dataSource.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
    });
  });
}
