import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createDataSource,
  type CreateDataSourceOptions,
  Inject,
  Injectable,
  InjectDataSource,
  Module,
} from '@pywatt/sdk';
import { type TestApp, testModule } from '@pywatt/sdk/testing';
import type { DataSource } from 'typeorm';
import { databaseServers, sqliteTestFile } from './database-worlds.js';
import { engineCases } from './typeorm-engine-cases.js';
import { Tags } from './typeorm-parity-case.js';
import { cases } from './typeorm-parity-cases.js';
import { sqliteCases } from './typeorm-sqlite-cases.js';
import { writtenCases } from './typeorm-written-cases.js';

@Injectable()
class Sources {
  @InjectDataSource() readonly injected!: DataSource;
}

@Module({ id: 'parity', providers: [Sources] })
class ParityModule {
  @Inject(Sources) readonly sources!: Sources;
}

const engines = [...databaseServers, { engine: 'SQLite', describeHere: describe, start: sqliteTestFile }] as const;

const worlds = [
  { world: 'direct', boot: (url: string) => testModule(ParityModule).env({ DATABASE_URL: url }).boot() },
  { world: 'proxied', boot: (url: string) => testModule(ParityModule).proxied().env({ DATABASE_URL: url }).boot() },
];

for (const { engine, describeHere, start } of engines) {
  describeHere.each(worlds)(`a TypeORM DataSource on ${engine}, $world`, ({ boot }) => {
    let database: { readonly url: string; close(): Promise<void> };
    let app: TestApp;

    beforeAll(async () => {
      database = await start();
      app = await boot(database.url);
    });

    afterAll(async () => {
      await app?.close();
      await database?.close();
    });

    it.each(
      [...cases, ...engineCases, ...sqliteCases, ...writtenCases].filter(({ on }) => on?.includes(engine) ?? true),
    )('$title', async ({ options, run, gives }) => {
      const all = { entities: [Tags], dropSchema: true, synchronize: true, ...options };
      const dataSource = createDataSource(app.get(Sources).injected, all as CreateDataSourceOptions);
      await dataSource.initialize();
      try {
        expect(await run(dataSource)).toEqual(gives);
      } finally {
        if (dataSource.isInitialized) await dataSource.destroy();
      }
    });
  });
}
