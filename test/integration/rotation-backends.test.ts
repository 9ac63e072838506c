import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bootModule,
  type Cache,
  type Database,
  Inject,
  Injectable,
  InjectCache,
  InjectDatabase,
  InjectJwt,
  type Jwt,
  Module,
} from '@pywatt/sdk';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { startOrchestrator } from '../../src/orchestrator/index.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { mariadb, mariadbAnswers } from './mariadb-server.js';
import { describeWithRedis, RedisServer } from './redis-server.js';
import { closersAfterEach } from '../support/closers.js';

@Injectable()
class Ports {
  constructor(
    @InjectCache() readonly cache: Cache,
    @InjectJwt() readonly jwt: Jwt,
  ) {}
}

@Module({ id: 'orders', providers: [Ports] })
class OrdersModule {
  constructor(@Inject(Ports) readonly ports: Ports) {}
}

const [first, second] = ['first-password', 'second-password'];
const keys = ['a-first-key-of-more-than-32-bytes-in-all', 'a-second-key-of-more-than-32-bytes-in-all'] as const;

/** Writes, counts and reads until it is stopped; rejects with the first failure. */
class Load {
  #isOver = false;
  done = 0;
  readonly #workers: Promise<unknown>;

  constructor(private readonly cache: Cache) {
    this.#workers = Promise.all(Array.from({ length: 4 }, (_, worker) => this.#work(`key ${worker}`)));
  }

  async more(): Promise<void> {
    const from = this.done;
    while (this.done < from + 20) await Promise.race([this.#workers, new Promise(setImmediate)]);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#workers;
  }

  async #work(key: string): Promise<void> {
    while (!this.#isOver) {
      await this.cache.set(key, this.done);
      await this.cache.increment('count');
      await this.cache.get(key);
      this.done += 1;
    }
  }
}

describeWithRedis()('the rotation of a secret', () => {
  const closers = closersAfterEach();

  async function redisWithUser(): Promise<{
    url: string;
    admin: Redis;
    refuses: (password: string) => Promise<boolean>;
  }> {
    const server = await RedisServer.start([
      `user app on >${first} ~* +@all`,
      'user admin on >administrator ~* +@all',
      'user default off',
    ]);
    closers.push(() => server.close());
    const clientOf = (username: string, password: string) => {
      const client = server.client({ username, password });
      client.on('error', () => undefined);
      closers.push(async () => client.disconnect());
      return client;
    };
    const refuses = (password: string) =>
      clientOf('app', password)
        .ping()
        .then(
          () => false,
          (error: unknown) => String(error).includes('WRONGPASS'),
        );
    return { url: `redis://app@127.0.0.1:${server.port}`, admin: clientOf('admin', 'administrator'), refuses };
  }

  const changePassword = (admin: Redis) => admin.acl('SETUSER', 'app', 'resetpass', `>${second}`, '~*', '+@all');

  it('of a cache and of tokens reaches what an orchestrator has open, under load, and nothing of a module fails', async () => {
    const { url, admin, refuses } = await redisWithUser();
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-rotation-'));
    closers.push(() => rm(directory, { recursive: true, force: true }));
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const logger = createLogger({ level: 'error', redactor: new SecretRedactor(), write });
    const plan = { overrides: new Map(), secrets: new Map(), services: [], env: {}, timeout: undefined };
    const launcher = new InProcessLauncher(OrdersModule, plan, logger);
    const orchestrator = await startOrchestrator(
      {
        modules: { orders: { caches: ['default'], jwt: true, restart: 'never' } },
        caches: { default: { url, password: { secret: 'CACHE_PASSWORD' } } },
        jwt: { secret: { secret: 'JWT_KEY' } },
        secrets: [{ memory: { CACHE_PASSWORD: first, JWT_KEY: keys[0] } }],
        gateway: false,
        state: directory,
      },
      { logger, launchers: { orders: launcher }, control: false },
    );
    closers.push(() => orchestrator.close());
    await orchestrator.ready;
    const { cache, jwt } = (await launcher.booted).get(Ports);

    const load = new Load(cache);
    await load.more();
    const token = await jwt.sign({ sub: 'ada' });
    await changePassword(admin);
    await load.more();
    const report = await orchestrator.rotateSecrets({ CACHE_PASSWORD: second, JWT_KEY: keys[1] });
    expect(report).toMatchObject({ outcome: 'committed' });
    expect(report.credentials?.map(({ name }) => name).toSorted()).toEqual(["cache 'default'", expect.any(String)]);
    await load.more();
    await load.stop();
    expect(await cache.get('count')).toBe(load.done);
    expect(await refuses(first)).toBe(true);
    // What was signed before is accepted for its overlap.
    expect(await jwt.verify(token)).toMatchObject({ sub: 'ada' });
    expect(await jwt.verify(await jwt.sign({ sub: 'eve' }))).toMatchObject({ sub: 'eve' });

    const rejected = await orchestrator.rotateSecret('CACHE_PASSWORD', 'never-worked');
    expect(rejected).toMatchObject({ outcome: 'rejected' });
    await cache.set('key', 'still works');
    expect(lines).toEqual([]);
  });

  it('reaches the cache of a module by itself when the file of the secret is replaced', async () => {
    const { url, admin, refuses } = await redisWithUser();
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-rotation-'));
    closers.push(() => rm(directory, { recursive: true, force: true }));
    await writeFile(join(directory, 'CACHE_PASSWORD'), first);
    await writeFile(join(directory, 'JWT_KEY'), keys[0]);
    const module = await bootModule(OrdersModule, {
      environment: 'direct',
      env: {
        CACHE_URL: url,
        CACHE_PASSWORD_SECRET: 'CACHE_PASSWORD',
        PYWATT_SECRETS_DIR: directory,
        LOG_LEVEL: 'error',
      },
    });
    closers.push(() => module.close());
    const { cache } = module.get(Ports);
    const load = new Load(cache);
    await load.more();
    await changePassword(admin);
    await writeFile(join(directory, 'CACHE_PASSWORD'), second);
    // Those of the old password were logged in before it changed; once they are gone only the new one can be in use.
    const clients = async () => String(await admin.client('LIST')).match(/user=app/g)?.length;
    const ids = async () =>
      [...String(await admin.client('LIST')).matchAll(/^id=(\d+) .* user=app /gm)].map(([, id]) => id);
    const before = new Set(await ids());
    while ((await ids()).some((id) => before.has(id))) await load.more();
    expect(await clients()).toBe(1);
    await load.more();
    await load.stop();
    expect(await refuses(first)).toBe(true);
  });
});

@Module({ id: 'accounts' })
class AccountsModule {
  constructor(@InjectDatabase() readonly database: Database) {}
}

const describeWithMariadb = (await mariadbAnswers()) ? describe : describe.skip;

describeWithMariadb('the rotation of the password of a database', () => {
  it('fails no query and no transaction of a module, and the server refuses the old one afterwards', async () => {
    const root = await createConnection(mariadb);
    const user = `rotated_${randomBytes(6).toString('hex')}`;
    await root.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${first}'`);
    await root.query(`GRANT ALL ON test.* TO '${user}'@'%'`);
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-rotation-'));
    try {
      const logger = createLogger({ level: 'error', redactor: new SecretRedactor() });
      const plan = { overrides: new Map(), secrets: new Map(), services: [], env: {}, timeout: undefined };
      const launcher = new InProcessLauncher(AccountsModule, plan, logger);
      const url = `mysql://${user}@${mariadb.host}:${mariadb.port}/${mariadb.database}`;
      await using orchestrator = await startOrchestrator(
        {
          modules: { accounts: { databases: ['default'], restart: 'never' } },
          databases: { default: { url, password: { secret: 'DB_PASSWORD' }, pool: { max: 4 } } },
          secrets: [{ memory: { DB_PASSWORD: first } }],
          gateway: false,
          state: directory,
        },
        { logger, launchers: { accounts: launcher }, control: false },
      );
      await orchestrator.ready;
      const { database } = (await launcher.booted).get(AccountsModule);
      let isOver = false;
      let done = 0;
      const load = Promise.all(
        Array.from({ length: 6 }, async () => {
          while (!isOver) {
            await database.query('SELECT 1 AS one');
            await database.transaction((tx) => tx.query('SELECT 2 AS two'));
            done += 1;
          }
        }),
      );
      const more = async () => {
        const from = done;
        while (done < from + 30) await Promise.race([load, new Promise(setImmediate)]);
      };
      await more();
      await root.query(`ALTER USER '${user}'@'%' IDENTIFIED BY '${second}'`);
      await more();
      const report = await orchestrator.rotateSecret('DB_PASSWORD', second);
      expect(report).toMatchObject({ outcome: 'committed', credentials: [{ name: "database 'default'" }] });
      await more();
      isOver = true;
      await load;
      const login = (password: string) =>
        createConnection({ ...mariadb, user, password }).then((connection) => connection.end());
      await expect(login(first)).rejects.toMatchObject({ errno: 1045 });
      await login(second);
      expect(await orchestrator.rotateSecret('DB_PASSWORD', 'never-worked')).toMatchObject({ outcome: 'rejected' });
      expect(await database.queryOne('SELECT 3 AS three')).toEqual({ three: 3 });
    } finally {
      await root.query(`DROP USER '${user}'@'%'`);
      await root.end();
      await rm(directory, { recursive: true, force: true });
    }
  }, 60_000);
});
