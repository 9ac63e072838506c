import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { type DirectDatabase, openDatabase } from '../../src/database/index.js';
import { PostgresCluster } from './postgres-cluster.js';
import { RelayFixture } from './relay-fixture.js';
import { closersAfterEach } from '../support/closers.js';

const bin = await PostgresCluster.programs();
const certificates = fileURLToPath(new URL('../fixtures/tls', import.meta.url));
const password = 'wrapped-in-tls';

(bin === undefined ? describe.skip : describe)('PostgreSQL with SCRAM and TLS', () => {
  let cluster: PostgresCluster;
  const closing = closersAfterEach();

  beforeAll(async () => {
    cluster = await PostgresCluster.start(bin!, { tls: certificates });
    const admin = await cluster.admin();
    await admin.query(`CREATE ROLE tls_app LOGIN PASSWORD '${password}'`);
    await admin.end();
  }, 60_000);
  afterAll(() => cluster.stop());

  const url = (parameters: string) => `${cluster.url('tls_app')}?${parameters}`;
  const checked = `sslmode=verify-full&sslrootcert=${encodeURIComponent(`${certificates}/authority.pem`)}`;
  const directly = (address: string) => openDatabase({ name: 'main', url: address, password });
  const relayed = async (address: string) => {
    const relay = new RelayFixture({ url: address, password });
    closing.push(() => relay.close());
    return (await relay.module('one')).database();
  };
  const worlds: [string, (address: string) => Promise<DirectDatabase>][] = [
    ['direct', directly],
    ['relayed', relayed],
  ];

  it.each(worlds)('answers over TLS with a certificate that was checked, %s', async (_world, open) => {
    const database = closing.use(await open(url(checked)));
    const sql = 'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    expect(await database.queryOne(sql)).toMatchObject({ ssl: true, version: expect.stringMatching(/^TLS/) });
  });

  it.each(worlds)('ends a statement over TLS when its time is over, %s', async (_world, open) => {
    const database = closing.use(await open(url(checked)));
    const session = () => database.queryOne('SELECT pg_backend_pid() AS pid');
    const before = await session();
    const late = database.query('SELECT pg_sleep(60)', [], { timeout: '200ms' });
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' });
    // The connection goes on, so the server was told; else it would have been given up.
    expect(await session()).toEqual(before);
  });

  it.each(worlds)('refuses a certificate of an unknown authority, %s', async (_world, open) => {
    const other = encodeURIComponent(`${certificates}/other-authority.pem`);
    const opening = open(url(`sslmode=verify-ca&sslrootcert=${other}`));
    await expect(opening.then((database) => database.query('SELECT 1'))).rejects.toThrow(/certificate/);
  });
});
