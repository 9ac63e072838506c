import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { Pool, type PoolConfig } from 'pg';
import { closersAfterEach } from '../support/closers.js';
import { postgresUrl } from './postgres-address.js';
import { RelayFixture, type RelayedModule, type RelayFixtureOptions } from './relay-fixture.js';

/**
 * What a suite about pg in a module works with: a table of rows of `id` and `note`, empty before each test, connections
 * that are not relayed, and pools that are; all of it is gone afterwards.
 */
export function relayedPostgres(table: string) {
  const direct = new Pool({ connectionString: postgresUrl, max: 3 });
  const closing = closersAfterEach();
  beforeAll(async () => {
    await direct.query(`drop table if exists ${table}`);
    await direct.query(`create table ${table} (id int primary key, note text)`);
  });
  afterEach(async () => {
    await direct.query(`truncate ${table}`);
  });
  afterAll(async () => {
    await direct.query(`drop table ${table}`);
    await direct.end();
  });

  const fixture = (options?: RelayFixtureOptions): RelayFixture => closing.use(new RelayFixture(options));
  const poolOf = ({ stream }: RelayedModule, config: PoolConfig = {}): Pool => {
    const pool = new Pool({ stream, max: 10, user: 'whoever', ...config });
    // As every user of pg must: what befalls an idle connection is told here.
    pool.on('error', () => undefined);
    closing.push(() => (pool.ended ? Promise.resolve() : pool.end()));
    return pool;
  };
  const start = async (options?: RelayFixtureOptions, config?: PoolConfig) => {
    const relay = fixture(options);
    const module = await relay.module('one');
    return { relay, module, pool: poolOf(module, config) };
  };
  return { direct, closing, fixture, poolOf, start };
}
