import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  bootModule,
  type Cache,
  cacheToken,
  type Class,
  createToken,
  type Database,
  databaseToken,
  Inject,
  Injectable,
  InjectCache,
  InjectDatabase,
  InjectRepository,
  Module,
  Optional,
  type OnStart,
  type OnStop,
  type PyWattError,
  Secret,
  type SecretValue,
  Transactional,
} from '@pywatt/sdk';
import { Body, Controller, Get, Post } from '@pywatt/sdk/http';
import { testModule } from '@pywatt/sdk/testing';
import { IsInt, IsString, Min } from 'class-validator';
import { Column, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-boot-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text', { unique: true }) name!: string;
}

@Injectable()
class ItemService {
  constructor(
    @InjectRepository(Item) readonly items: Repository<Item>,
    @InjectDatabase() readonly database: Database,
  ) {}

  @Transactional() async addTwice(name: string): Promise<void> {
    await this.items.save({ name });
    await this.database.execute('INSERT INTO item (name) VALUES (?)', [`${name}-2`]);
    await this.items.save({ name });
  }
}

class ItemModuleBase {
  @Inject(ItemService) readonly service!: ItemService;
}
@Module({ id: 'items', providers: [ItemService], entities: [Item] })
class ItemModule extends ItemModuleBase {}

const worlds = [
  { world: 'direct', boot: (root: Class) => testModule(root).boot() },
  { world: 'proxied', boot: (root: Class) => testModule(root).proxied().boot() },
];

describe('a module that boots', () => {
  it.each(worlds)(
    'gets a repository that joins its transactions, with the database beside it, $world',
    async (world) => {
      await using app = await world.boot(ItemModule);
      const { items, database } = app.get(ItemService);
      await items.save({ name: 'first' });
      await expect(app.get(ItemService).addTwice('doomed')).rejects.toMatchObject({
        name: expect.stringMatching(/QueryFailedError|DatabaseError/),
      });
      expect(await items.find()).toEqual([{ id: 1, name: 'first' }]);
      expect(await database.query('SELECT name FROM item')).toEqual([{ name: 'first' }]);
    },
  );

  it('has as many databases and caches as it names, each its own, in both worlds', async () => {
    @Module({ id: 'many' })
    class Many {
      constructor(
        @InjectDatabase() readonly main: Database,
        @InjectDatabase('analytics') readonly analytics: Database,
        @InjectCache() readonly cache: Cache,
        @InjectCache('sessions') readonly sessions: Cache,
      ) {}
    }
    for (const prepare of [() => testModule(Many), () => testModule(Many).proxied()]) {
      await using app = await prepare().boot();
      const many = app.get(Many);
      await many.main.execute('CREATE TABLE only_here (id INTEGER)');
      await expect(many.analytics.query('SELECT * FROM only_here')).rejects.toMatchObject({
        name: 'DatabaseError',
        code: 'QUERY',
      });
      await many.cache.set('k', 1);
      expect(await many.sessions.get('k')).toBeUndefined();
      expect(app.get(databaseToken('analytics'))).toBe(many.analytics);
    }
  });

  it('injects settings, imported services, async factories and what is optional', async () => {
    class Settings {
      @IsInt() @Min(1) retries = 3;
      @IsString() region!: string;
    }
    const rate = createToken<number>('rate');
    const missing = createToken<number>('missing');
    @Injectable()
    class Shared {}
    @Module({ id: 'shared', providers: [Shared], exports: [Shared] })
    class SharedModule {}
    @Module({
      id: 'app',
      imports: [SharedModule],
      config: Settings,
      providers: [
        {
          provide: rate,
          useFactory: (settings: Settings) => Promise.resolve(settings.retries * 2),
          inject: [Settings],
        },
      ],
    })
    class App {
      @Inject(Settings) readonly settings!: Settings;
      @Inject(Shared) readonly shared!: Shared;
      @Inject(rate) readonly rate!: number;
      @Inject(missing) @Optional() readonly missing?: number;
    }
    await using app = await bootModule(App, { env: { REGION: 'eu', LOG_LEVEL: 'error' } });
    expect(app.get(App)).toMatchObject({ settings: { retries: 3, region: 'eu' }, rate: 6 });
    expect(app.get(App).missing).toBeUndefined();
    expect(app.get(Shared)).toBe(app.get(App).shared);
  });
});

describe('where a secret came from', () => {
  @Module({ id: 'kept' })
  class Kept {
    @Secret('FIRST_KEY') readonly first!: SecretValue;
    @Secret('SECOND_KEY') readonly second!: SecretValue;
  }

  it('is told by bindings(): the provider that had it, not every one that was asked', async () => {
    await writeFile(join(directory, 'SECOND_KEY'), 'the second value');
    const env = { PYWATT_SECRET_FIRST_KEY: 'the first value', PYWATT_SECRETS_DIR: directory, LOG_LEVEL: 'error' };
    await using app = await bootModule(Kept, { env });
    const places = app
      .bindings()
      .filter(({ kind }) => kind === 'secret')
      .map(({ description }) => description);
    expect(places).toEqual(['PYWATT_SECRET_FIRST_KEY', join(directory, 'SECOND_KEY')]);
  });
});

describe('a module that cannot boot', () => {
  it('reports every problem of the static graph at once, before any I/O', async () => {
    @Injectable()
    class Lost {
      constructor(@Inject(createToken('nobody')) readonly nobody: unknown) {}
    }
    @Controller('/things')
    class Things {
      @Post('/') create(@Body() body: object): object {
        return body;
      }
    }
    @Module({ id: 'broken', providers: [Lost], controllers: [Things] })
    class Broken {
      @InjectDatabase() readonly database!: Database;
      @Secret('MISSING_TOO') readonly secret!: SecretValue;
    }
    const env = { DATABASE_URL: `sqlite:${join(directory, 'untouched.db')}`, LOG_LEVEL: 'error' };
    const failure = bootModule(Broken, { env });
    await expect(failure).rejects.toMatchObject({ code: 'GRAPH_INVALID' });
    const error: unknown = await failure.catch((reason: unknown) => reason);
    const { problems } = (error as PyWattError).details as unknown as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code).sort((a, b) => a.localeCompare(b))).toEqual([
      'BODY_WITHOUT_CLASS',
      'MISSING_PROVIDER',
    ]);
    expect(await readdir(directory)).not.toContain('untouched.db');
  });

  it('names what is still pending at its deadline, and closes what was open', async () => {
    let stopped = false;
    @Injectable()
    class First implements OnStart, OnStop {
      @InjectCache() readonly cache!: Cache;
      onStart(): void {}
      onStop(): void {
        stopped = true;
      }
    }
    @Module({ id: 'hanging', providers: [First] })
    class Hanging implements OnStart {
      @Inject(First) readonly first!: First;
      onStart(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    await expect(bootModule(Hanging, { env: { LOG_LEVEL: 'error' }, timeout: '100ms' })).rejects.toMatchObject({
      code: 'BOOT_TIMEOUT',
      message: expect.stringContaining('Hanging.onStart'),
    });
    expect(stopped).toBe(true);
  });

  it('says which hook failed and why', async () => {
    @Module({ id: 'failing' })
    class Failing implements OnStart {
      onStart(): void {
        throw new Error('no disk');
      }
    }
    await expect(bootModule(Failing, { env: { LOG_LEVEL: 'error' } })).rejects.toMatchObject({
      code: 'LIFECYCLE_FAILED',
      message: expect.stringContaining('Failing.onStart failed: no disk'),
    });
  });

  it('names the path of a database that cannot be opened', async () => {
    @Module({ id: 'nowhere' })
    class Nowhere {
      @InjectDatabase() readonly database!: Database;
    }
    await expect(
      bootModule(Nowhere, { env: { DATABASE_URL: 'sqlite:/proc/nowhere/x.db', LOG_LEVEL: 'error' } }),
    ).rejects.toMatchObject({
      name: 'DatabaseError',
      code: 'CONNECTION',
      message: expect.stringContaining('/proc/nowhere/x.db'),
    });
  });
});

describe('overrides in tests', () => {
  @Module({ id: 'overridden' })
  class Overridden {
    @InjectCache() readonly cache!: Cache;
    @Secret('KEY') readonly key!: SecretValue;
    @Get('/') unused(): void {}
  }

  it('take the place of what they name, typed by the token', async () => {
    const fake = { get: () => Promise.resolve('faked') } as unknown as Cache;
    await using app = await testModule(Overridden).override(cacheToken()).with(fake).secret('KEY', 'a value').boot();
    expect(await app.get(Overridden).cache.get('anything')).toBe('faked');
    expect(app.bindings()).toEqual(expect.arrayContaining([expect.objectContaining({ source: 'override' })]));
  });

  it.each([
    [
      'an override nothing uses',
      () =>
        testModule(Overridden)
          .override(cacheToken('defualt'))
          .with({} as Cache)
          .secret('KEY', 'a value'),
      "did you mean 'cache 'default''?",
    ],
    ['a secret nothing uses', () => testModule(Overridden).secret('KEYS', 'a value'), "did you mean 'KEY'?"],
  ])('fail the test for %s, and name the nearest', async (_title, prepare, hint) => {
    await expect(prepare().boot()).rejects.toMatchObject({
      code: 'OVERRIDE_INVALID',
      message: expect.stringContaining(hint),
    });
  });

  it('report a missing secret the same in both worlds', async () => {
    await expect(testModule(Overridden).boot()).rejects.toMatchObject({
      code: 'SECRETS_MISSING',
      message: expect.stringContaining('KEY'),
    });
    await expect(testModule(Overridden).proxied().boot()).rejects.toMatchObject({
      code: 'SECRETS_MISSING',
      message: expect.stringContaining('KEY'),
    });
  });
});
