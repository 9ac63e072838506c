import { expect, it } from '@jest/globals';
import { createDataSource, type CreateDataSourceOptions, openDatabase } from '../../src/database/index.js';
import { databaseServers } from './database-worlds.js';
import { RelayFixture } from './relay-fixture.js';

// As programs have it whose servers ask for TLS, which is then between the orchestrator and the server.
const extra = { ssl: { rejectUnauthorized: false } };

for (const { engine, describeHere, start } of databaseServers) {
  describeHere(`a proxied ${engine}`, () => {
    it('is reached whatever the options say of TLS', async () => {
      const server = await start();
      const relay = new RelayFixture({ url: server.url });
      const database = await (await relay.module('one')).database();
      const { type } = database.dataSource.options;
      for (const options of [{ extra }, { type, ssl: true, extra }]) {
        const source = await createDataSource(database.dataSource, options as CreateDataSourceOptions).initialize();
        expect(await source.query('SELECT 1 AS a')).toEqual([{ a: 1 }]);
        await source.destroy();
      }
      await database.close();
      await relay.close();
      await server.close();
    });
  });
}

it('PGlite is reached whatever the environment says of TLS', async () => {
  Object.assign(process.env, { PGSSLMODE: 'require', PGSSLNEGOTIATION: 'direct' });
  try {
    await using database = await openDatabase({ url: 'pglite:memory', name: 'main', connectTimeout: '1m' });
    expect(await database.query('SELECT 1 AS a')).toEqual([{ a: 1 }]);
  } finally {
    delete process.env['PGSSLMODE'];
    delete process.env['PGSSLNEGOTIATION'];
  }
}, 120_000);
