import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '../../src/database/index.js';
import { type Dialect, dialects } from '../contract/database/dialect.js';
import { collectGarbage, heldBytes } from '../contract/database/held-bytes.js';
import { databaseServers, databaseWorlds, type OpenWorld, sqliteTestFile } from './database-worlds.js';

const engines = [
  ...databaseServers,
  { engine: 'SQLite', describeHere: describe, dialect: dialects.sqlite, start: sqliteTestFile },
];
const mebibyte = 1024 * 1024;
/** With its padding a row takes some 500 bytes: all of them would be seen. */
const many = 100_000;
const padding = 'x'.repeat(400);
const mostHeldBytes = 20 * mebibyte;
/** The most that a pool opens by default. */
const connections = 10;

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Settles as the work does, which has a deadline of its own; what nobody holds is collected meanwhile. */
async function whileCollecting<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const end = () => void (isOver = true);
  work.then(end, end);
  while (!isOver) {
    collectGarbage();
    await new Promise((turn) => setTimeout(turn, 50));
  }
  return work;
}

async function carriesValue(database: Database, { bytes, sql }: Dialect, mebibytes: number): Promise<void> {
  const value = Buffer.alloc(mebibytes * mebibyte, 'a value of very many bytes');
  await database.execute(`CREATE TABLE big_values (id INTEGER PRIMARY KEY, v ${bytes})`);
  await database.execute(sql('INSERT INTO big_values VALUES (1, ?)'), [value]);
  const row = await database.queryOne<{ v: Buffer }>('SELECT v FROM big_values');
  expect(row?.v.length).toBe(value.length);
  expect(hashOf(row!.v)).toBe(hashOf(value));
}

describe.each(databaseWorlds)('PGlite, $world', ({ open }) => {
  it('carries a value of 64 MiB both ways', async () => {
    const world = await open('pglite:memory');
    try {
      await carriesValue(world.database, dialects.pglite, 64);
    } finally {
      await world.close();
    }
    expect.hasAssertions();
  }, 180_000);
});

for (const { engine, describeHere, dialect, start } of engines) {
  describeHere.each(databaseWorlds)(`${engine}, $world, with much to carry`, ({ world: name, open }) => {
    let server: { readonly url: string; close(): Promise<void> };
    let world: OpenWorld;

    beforeAll(async () => {
      server = await start();
      world = await open(server.url);
    });
    afterAll(async () => {
      await world?.close();
      await server?.close();
    });

    it('streams a hundred thousand rows in order and in constant memory', async () => {
      const before = heldBytes();
      let last = 0;
      let most = 0;
      const sql = `SELECT i, '${padding}' AS padding FROM (${dialect.rows(many)}) AS counted`;
      for await (const { i } of world.database.stream<{ i: number }>(sql)) {
        if (i !== last + 1) throw new Error(`row ${i} came after row ${last}`);
        last = i;
        if (i % 20_000 === 0) most = Math.max(most, heldBytes() - before);
      }
      expect(last).toBe(many);
      expect(most).toBeLessThan(mostHeldBytes);
    }, 180_000);

    it('ends a long stream after ten of them without the others', async () => {
      const before = heldBytes();
      const read: number[] = [];
      for await (const { i } of world.database.stream<{ i: number }>(dialect.rows(many))) {
        read.push(i);
        if (read.length === 10) break;
      }
      expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(heldBytes() - before).toBeLessThan(mostHeldBytes);
      expect(await world.database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    }, 180_000);

    it('takes back the connections of streams that were dropped half way', async () => {
      const drop = async () => {
        const rows = world.database.stream(dialect.rows(many))[Symbol.asyncIterator]();
        expect((await rows.next()).done).toBe(false);
      };
      for (let dropped = 0; dropped < connections + 2; dropped += 1) await whileCollecting(drop());
      expect(await whileCollecting(world.database.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    }, 180_000);

    // Only SQLite's values travel as text of the wire, whose lines have an end.
    const isBounded = dialect.engine === 'sqlite' && name === 'proxied';
    const mostMebibytes = isBounded ? 44 : 64;
    it(`carries a value of ${mostMebibytes} MiB both ways`, async () => {
      await carriesValue(world.database, dialect, mostMebibytes);
      expect.hasAssertions();
    }, 180_000);

    if (isBounded) {
      it('refuses a value of 64 MiB either way with an error that names the bound, and goes on working', async () => {
        const refused = { name: 'DatabaseError', code: 'SERIALIZATION', message: expect.stringContaining('67108864') };
        const value = Buffer.alloc(64 * mebibyte);
        await expect(world.database.query('SELECT length(?) AS n', [value])).rejects.toMatchObject(refused);
        const answer = world.database.query(`SELECT zeroblob(${value.length}) AS v`);
        await expect(answer).rejects.toMatchObject(refused);
        expect(await world.database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      }, 180_000);
    }
  });
}
