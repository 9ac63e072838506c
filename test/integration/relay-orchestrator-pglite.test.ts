import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, Injectable, InjectDatabase, InjectRepository, Module, Transactional } from '@pywatt/sdk';
import { Column, Entity, PrimaryGeneratedColumn, type Repository } from 'typeorm';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { startWith } from './orchestrator-fixture.js';

@Entity()
class Leaf {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @Column('jsonb') tags!: string[];
}

@Injectable()
class Leaves {
  constructor(
    @InjectRepository(Leaf) readonly leaves: Repository<Leaf>,
    @InjectDatabase() readonly database: Database,
  ) {}

  @Transactional()
  async addBoth(name: string, fail?: Error): Promise<number> {
    await this.leaves.save({ name, tags: ['a'] });
    await this.database.execute("INSERT INTO leaf (name, tags) VALUES ($1, '[]')", [name]);
    if (fail) throw fail;
    return this.leaves.countBy({ name });
  }
}

@Module({ id: 'tree', entities: [Leaf], providers: [Leaves] })
class TreeModule {}

@Injectable()
class Held {
  constructor(@InjectDatabase() readonly database: Database) {}
}

@Module({ id: 'held', providers: [Held] })
class HeldModule {}

const plan = { overrides: new Map(), secrets: new Map(), services: [], env: {}, timeout: undefined };
// PGlite makes a new cluster, which takes seconds of computing.
const startMs = 120_000;

describe('PGlite of an orchestrator', () => {
  let host: Awaited<ReturnType<typeof startWith>>;
  let tree: Leaves;
  let held: Database;

  beforeAll(async () => {
    const logger = createLogger({ level: 'error', redactor: new SecretRedactor() });
    const launchers = {
      tree: new InProcessLauncher(TreeModule, plan, logger),
      held: new InProcessLauncher(HeldModule, plan, logger),
    };
    // The launcher starts it; the check of the configuration wants a command all the same.
    const here = { command: 'in this process', databases: ['default'], announceTimeout: '2m' as const };
    const config = {
      modules: { tree: { ...here }, held: { ...here } },
      databases: { default: { url: 'pglite:./data', pool: { acquireTimeout: '2s' as const } } },
      heartbeat: { interval: '1m' as const },
    };
    host = await startWith(config, { launchers, control: false });
    await host.orchestrator.ready;
    const [one, two] = await Promise.all([launchers.tree.booted, launchers.held.booted]);
    tree = one.get(Leaves);
    held = two.get(Held).database;
  }, startMs);

  afterAll(() => host?.[Symbol.asyncDispose]());

  it('says POOL, and what to do, to a module that waits in vain for the only connection', async () => {
    const transaction = await tree.database.beginTransaction();
    await transaction.query('SELECT 1');
    await expect(held.query('SELECT 1')).rejects.toMatchObject({
      code: 'POOL',
      message: expect.stringMatching(
        /no connection came free within \d+ ms\. It has only one connection: end the transaction, or release/,
      ),
    });
    await transaction.rollback();
    expect(await held.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('serves the Database port and repositories of modules at once', async () => {
    const { id } = await tree.leaves.save({ name: 'oak', tags: ['x', 'y'] });
    expect(await tree.leaves.findOneBy({ id })).toEqual({ id, name: 'oak', tags: ['x', 'y'] });
    expect(held.type).toBe('postgres');
    expect(await held.queryOne('SELECT name, tags FROM leaf WHERE id = $1', [id])).toEqual({
      name: 'oak',
      tags: ['x', 'y'],
    });
    const both = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? tree.leaves.countBy({ name: 'oak' }) : held.query('SELECT 1 AS one'),
    );
    expect(await Promise.all(both)).toHaveLength(20);
  });

  it('keeps transactions that repositories and the port share', async () => {
    expect(await tree.addBoth('elm')).toBe(2);
    const failure = new Error('no');
    await expect(tree.addBoth('ash', failure)).rejects.toBe(failure);
    expect(await held.query("SELECT name FROM leaf WHERE name IN ('elm', 'ash')")).toEqual([
      { name: 'elm' },
      { name: 'elm' },
    ]);
  });

  it('streams', async () => {
    let count = 0;
    for await (const { n } of held.stream<{ n: number }>('SELECT n FROM generate_series(1, 5000) AS n')) count += n;
    expect(count).toBe((5000 * 5001) / 2);
  });

  it('lets nothing of a session reach another module', async () => {
    await held.transaction(async (tx) => {
      await tx.execute("SET application_name = 'left behind'");
      await tx.execute('CREATE TEMP TABLE left_behind (id int)');
    });
    const [found] = await tree.leaves.query(
      "SELECT current_setting('application_name') AS name, to_regclass('left_behind') AS temporary",
    );
    expect(found).toEqual({ name: '', temporary: null });
  });
});
