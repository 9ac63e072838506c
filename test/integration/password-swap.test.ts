import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Entity, PrimaryColumn, type Repository } from 'typeorm';
import {
  createDataSource,
  type Database,
  type DirectDatabase,
  LivePassword,
  openSharedDatabase,
} from '../../src/database/index.js';
import { type CredentialUser, settlesWithin, withDeadline } from '../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { DirectWorld } from '../../src/module/direct-world.js';
import { ChainedSecretProvider, MemorySecretProvider, SecretStore } from '../../src/secrets/index.js';
import { type GuardedServer, guardedMariadb, guardedPostgres } from './guarded-server.js';
import { mariadbAnswers, numbers as numbersUpTo } from './mariadb-server.js';
import { PostgresCluster } from './postgres-cluster.js';
import { RelayFixture } from './relay-fixture.js';
import { SteadyLoad } from './steady-load.js';
import { closersAfterEach } from '../support/closers.js';

@Entity('swapped')
class Swapped {
  @PrimaryColumn('integer') id!: number;
}

const bin = await PostgresCluster.programs();
const hasMariadb = await mariadbAnswers();
const numbers = {
  PostgreSQL: 'SELECT n FROM generate_series(1, 150) AS n',
  MariaDB: `SELECT i AS n FROM ${numbersUpTo(150)}`,
};
const servers = [
  ['PostgreSQL', bin === undefined ? undefined : () => guardedPostgres(bin)],
  ['MariaDB', hasMariadb ? guardedMariadb : undefined],
] as const;
const redactor = new SecretRedactor();
const logger = createLogger({ level: 'error', redactor });
const never = new AbortController().signal;

describe.each(servers)('a password of %s that is a secret', (engine, start) => {
  const suite = start === undefined ? it.skip : it;
  let server: GuardedServer;
  let lastPassword = 0;
  let password = '';
  const closing = closersAfterEach();

  beforeAll(async () => {
    if (start) server = await start();
  }, 60_000);
  afterAll(async () => server?.close());
  beforeEach(async () => {
    if (start) await server.setPassword((password = newPassword()));
  });

  const newPassword = () => `sw0rd-${engine}-${(lastPassword += 1)}`;

  /** A module by itself. */
  const openDirect = async (): Promise<{
    database: DirectDatabase;
    rows: Repository<Swapped>;
    user: CredentialUser;
  }> => {
    const provider = new ChainedSecretProvider([new MemorySecretProvider({ DB_PASSWORD: password })]);
    const world = new DirectWorld({
      moduleId: 'alone',
      env: { DATABASE_URL: server.url, DATABASE_PASSWORD_SECRET: 'DB_PASSWORD' },
      secrets: new SecretStore({ provider, redactor }),
      services: [],
      logger,
    });
    const use = { entities: [Swapped], migrations: [], typeorm: {}, usesTypeorm: true };
    const opened = await world.openDatabase('default', use);
    const { value: database } = opened;
    closing.push(() => opened.close());
    const [user] = world.credentialUsers;
    return { database, rows: database.repository(Swapped), user: user! };
  };

  /** A module under an orchestrator, and a plain peer beside it. */
  const openRelayed = async ({ waitMs = 5_000, max = 20 } = {}) => {
    const live = new LivePassword({
      database: 'main',
      secret: 'DB_PASSWORD',
      read: () => Promise.resolve(password),
      waitMs,
    });
    const relay = new RelayFixture({ url: server.url, password: live, max });
    closing.push(() => relay.close());
    const { relayed } = relay;
    const database = closing.use(await (await relay.module('one')).database());
    const plain = await openSharedDatabase({ moduleId: 'orders', name: 'main', relayed, statementTimeoutMs: 30_000 });
    closing.push(() => plain.close());
    return { database, plain, live, user: { name: 'main', secret: 'DB_PASSWORD', prepare: relayed.prepare! } };
  };

  const put = (load: SteadyLoad, kind: string, database: Database): void => {
    load.start(`queries ${kind}`, () => database.query('SELECT 1 AS one'));
    load.start(`transactions ${kind}`, () =>
      database.transaction(async (tx) => {
        await tx.execute('INSERT INTO swapped VALUES (1)');
        await tx.query('SELECT COUNT(*) AS n FROM swapped');
      }),
    );
    load.start(`streams ${kind}`, async () => {
      let last = 0;
      for await (const { n } of database.stream<{ n: number | string }>(numbers[engine])) last = Number(n);
      expect(last).toBe(150);
    });
  };

  suite(
    'changes on the server and is rotated under load, and not one query fails',
    async () => {
      const direct = await openDirect();
      const relayed = await openRelayed();
      const load = new SteadyLoad();
      put(load, 'direct', direct.database);
      put(load, 'proxied', relayed.database);
      put(load, 'plain', relayed.plain);
      load.start('repositories', () => direct.rows.countBy({ id: 2 }));
      closing.push(() => load.stop());
      await load.progress(3);
      const held = await Promise.all([direct, relayed].map(({ database }) => database.beginTransaction()));
      for (const transaction of held) await transaction.query('SELECT 1');
      const streams = [direct, relayed].map(({ database }) => database.stream<{ n: number }>(numbers[engine]));
      const iterators = streams.map((rows) => rows[Symbol.asyncIterator]());
      for (const iterator of iterators) expect((await iterator.next()).done).toBe(false);
      const before = await server.sessions();

      const old = password;
      const next = newPassword();
      await server.setPassword(next);
      // More at once than have been: these need a login, which the server refuses until the rotation.
      for (let more = 0; more < 3; more += 1) {
        load.start('more direct', () => direct.database.query('SELECT 1'));
        load.start('more proxied', () => relayed.database.query('SELECT 1'));
      }
      await withDeadline(
        until(() => relayed.live.refusal !== undefined),
        5_000,
        () => new Error('no login was refused'),
      );
      const users = [direct.user, relayed.user];
      const prepared = await Promise.all(users.map((user) => user.prepare(next, never)));
      await load.progress(3);
      for (const credential of prepared) credential.activate();
      await load.progress(3);
      const retired = Promise.all(prepared.map((credential) => credential.retire()));
      expect(await settlesWithin(retired, 200)).toBe(false);
      for (const transaction of held) {
        await transaction.execute('INSERT INTO swapped VALUES (3)');
        await transaction.commit();
      }
      for (const iterator of iterators) while (!(await iterator.next()).done);
      await withDeadline(retired, 10_000, () => new Error('the old connections do not close'));
      await load.progress(3);
      await load.stop();
      expect(load.failures).toEqual([]);
      expect(await server.takes(old)).toBe(false);
      const areGone = async () => (await server.sessions()).every((id) => !before.includes(id));
      await withDeadline(until(areGone), 5_000, () => new Error('sessions of the old password are left'));
      password = next;
    },
    120_000,
  );

  suite('is used by a DataSource of createDataSource from then on, too', async () => {
    for (const open of [openDirect, openRelayed]) {
      const { database, user } = await open();
      const other = createDataSource(database.dataSource);
      closing.push(() => other.destroy());
      await other.initialize();
      await server.setPassword((password = newPassword()));
      const prepared = await user.prepare(password, never);
      prepared.activate();
      await prepared.retire();
      // More at once than have been: these need a login.
      const many = Array.from({ length: 5 }, () => other.query<unknown[]>('SELECT 1 AS one'));
      expect(await Promise.all(many)).toEqual(many.map(() => [{ one: 1 }]));
      const later = createDataSource(database.dataSource);
      closing.push(() => later.destroy());
      await later.initialize();
      expect(await later.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    }
  });

  suite('that does not work is refused by the probe, and nothing is switched', async () => {
    for (const { database, user } of [await openDirect(), await openRelayed()]) {
      const refused = user.prepare('hunter2-that-is-wrong', never);
      await expect(refused).rejects.toThrow(/refuses the new password/);
      await expect(refused).rejects.not.toThrow(/hunter2/);
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    }
  });

  suite('goes back to the old one when the rotation is given up', async () => {
    for (const { database, user } of [await openDirect(), await openRelayed()]) {
      const old = password;
      const next = newPassword();
      await server.setPassword(next);
      const prepared = await user.prepare(next, never);
      prepared.activate();
      await database.query('SELECT 1');
      await server.setPassword(old);
      await withDeadline(prepared.abandon(), 5_000, () => new Error('the new connections do not close'));
      const many = Array.from({ length: 5 }, () => database.query('SELECT 1 AS one'));
      expect(await Promise.all(many)).toEqual(many.map(() => [{ one: 1 }]));
      await (await user.prepare(old, never)).abandon();
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    }
  });

  suite('that stays refused fails with CONNECTION, naming the database and the secret', async () => {
    const { database, plain } = await openRelayed({ waitMs: 300 });
    await server.setPassword(newPassword());
    const held = [await database.beginTransaction(), await plain.beginTransaction()];
    for (const transaction of held) await transaction.query('SELECT 1').catch(() => undefined);
    for (const runner of [database, plain]) {
      const failures = await Promise.all(
        Array.from({ length: 4 }, () =>
          runner.execute('INSERT INTO swapped VALUES (9)').catch((error: unknown) => error),
        ),
      );
      expect(failures).toContainEqual(
        expect.objectContaining({ code: 'CONNECTION', message: expect.stringMatching(/'main'.*'DB_PASSWORD'/) }),
      );
    }
    for (const transaction of held) await transaction.rollback().catch(() => undefined);
  });

  suite('needs no more connections than the pool may have, for modules and plain peers together', async () => {
    const { database, plain, user } = await openRelayed({ max: 3 });
    const sleep = engine === 'PostgreSQL' ? 'SELECT pg_sleep(0.05)' : 'SELECT SLEEP(0.05)';
    let isOver = false;
    const work = async () => {
      await Promise.all([database, plain].flatMap((runner) => Array.from({ length: 8 }, () => runner.query(sleep))));
    };
    const atMost = (max: number) =>
      withDeadline(
        until(async () => (await server.sessions()).length <= max),
        5_000,
        () => new Error('too many'),
      );
    // What the server has not yet noticed to be closed would count, too.
    await work();
    await atMost(3);
    const working = work().finally(() => (isOver = true));
    let most = 0;
    const watch = until(async () => {
      most = Math.max(most, (await server.sessions()).length);
      return isOver;
    });
    await Promise.all([working, watch]);
    expect(most).toBe(3);
    const prepared = await user.prepare(password, never);
    prepared.activate();
    await work();
    await prepared.retire();
    await atMost(3);
  });

  suite('leaves nothing open when the database closes while its rotation is undecided', async () => {
    const { database, user } = await openDirect();
    await (await user.prepare(password, never)).abandon();
    const prepared = await user.prepare(password, never);
    await database.query('SELECT 1');
    prepared.activate();
    await database.query('SELECT 1');
    await database.close();
    const areGone = async () => (await server.sessions()).length === 0;
    await withDeadline(until(areGone), 5_000, () => new Error('connections are left'));
  });
});

/** Asks again and again. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
