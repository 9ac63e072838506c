import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseWorlds, type OpenWorld } from './database-worlds.js';
import { PostgresCluster } from './postgres-cluster.js';

const bin = await PostgresCluster.programs();
const readOnly = { code: 'QUERY', retryable: false, details: { driverCode: '25006' } };

(bin === undefined ? describe.skip : describe).each(databaseWorlds)('a hot standby, $world', ({ open }) => {
  let primary: PostgresCluster;
  let standby: PostgresCluster;
  let opened: OpenWorld;

  beforeEach(async () => {
    primary = await PostgresCluster.start(bin!);
    standby = await primary.standby();
    opened = await open(standby.adminUrl);
  });

  afterEach(async () => {
    await opened.close();
    await standby.stop();
    await primary.stop();
  });

  it('refuses to write and to listen, and is written to on the same connections once it is promoted', async () => {
    const { database } = opened;
    const create = 'CREATE TABLE crates (id integer)';
    await expect(database.execute(create)).rejects.toMatchObject(readOnly);
    await expect(database.transaction((part) => part.execute(create))).rejects.toMatchObject(readOnly);
    await expect(database.execute('LISTEN news')).rejects.toMatchObject(readOnly);
    const [before] = await database.query('SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS follows');
    await standby.promote();
    const [after] = await database.query('SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS follows');
    expect(after).toEqual({ ...before, follows: false });
    await database.execute(create);
    await expect(database.execute('INSERT INTO crates VALUES (1)')).resolves.toBe(1);
  });
});
