import { expect, it } from '@jest/globals';
import { type Database, Injectable, InjectDatabase, Module, type TypeormOptions } from '@pywatt/sdk';
import { testModule } from '@pywatt/sdk/testing';
import { EntitySchema } from 'typeorm';
import { postgresTestServer } from '../contract/database/test-server.js';
import { describeWithPostgres } from './postgres-server.js';

const Words = new EntitySchema<{ word: string }>({
  name: 'Word',
  columns: { word: { type: 'citext', primary: true } },
});

/** A module of that entity, which chooses those options. */
function moduleWith(typeorm: TypeormOptions) {
  @Injectable()
  class Reader {
    constructor(@InjectDatabase() readonly database: Database) {}
  }

  @Module({ id: 'words', providers: [Reader], entities: [Words], typeorm })
  class WordsModule {}
  return { Reader, WordsModule };
}

const describeHere = await describeWithPostgres();

describeHere.each(['direct', 'proxied'])(
  'the extensions of PostgreSQL that a module has once it started, %s',
  (world) => {
    it.each([
      ['none, where its tables are left alone', { synchronize: false }, []],
      ['those its columns need, where tables are made', {}, ['citext']],
      ['none, where it says so', { installExtensions: false, synchronize: false, extensions: ['tablefunc'] }, []],
      ['those it lists', { synchronize: false, extensions: ['tablefunc'] }, ['citext', 'tablefunc']],
    ])('are %s', async (_what, typeorm, expected) => {
      const server = await postgresTestServer();
      try {
        const { Reader, WordsModule } = moduleWith(typeorm);
        const module = testModule(WordsModule).env({ DATABASE_URL: server.url });
        await using app = await (world === 'proxied' ? module.proxied() : module).boot();
        const sql = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1";
        const rows = await app.get(Reader).database.query<{ extname: string }>(sql);
        expect(rows.map(({ extname }) => extname)).toEqual(expected);
      } finally {
        await server.close();
      }
    });
  },
);
