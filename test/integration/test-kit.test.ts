import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  type Cache,
  cacheToken,
  createToken,
  type Database,
  databaseToken,
  Inject,
  Injectable,
  InjectCache,
  InjectDatabase,
  Module,
  OnSecretRotated,
  Secret,
  secretToken,
  SecretValue,
} from '@pywatt/sdk';
import { testModule } from '@pywatt/sdk/testing';
import { IsInt } from 'class-validator';
import { NodeProcess } from './node-process.js';

const rate = createToken<number>('rate');

class Settings {
  @IsInt() limit!: number;
}

@Injectable()
class Mailer {
  send(): string {
    return 'sent';
  }
}

@Module({
  id: 'shop',
  config: Settings,
  providers: [Mailer, { provide: rate, useFactory: () => Promise.resolve(1) }],
})
class Shop {
  @Inject(Mailer) readonly mailer!: Mailer;
  @Inject(rate) readonly rate!: number;
  @Inject(Settings) readonly settings!: Settings;
  @InjectDatabase() readonly database!: Database;
  @InjectCache() readonly cache!: Cache;
  @Secret('LIMIT_KEY', { as: 'number' }) readonly key!: SecretValue<number>;
  @OnSecretRotated('LIMIT_KEY') onKey(): void {}
}

@Module({ id: 'keyed' })
class Keyed {
  @Secret('KEY') readonly key!: SecretValue;
  @InjectDatabase() readonly database!: Database;
}

const worlds = [
  ['direct', <T extends new () => object>(root: T) => testModule(root)],
  ['proxied', <T extends new () => object>(root: T) => testModule(root).proxied()],
] as const;

describe.each(worlds)('the testing kit, %s', (environment, prepare) => {
  it('replaces providers, factories, settings, connections and secrets, and asks for none of what they needed', async () => {
    const database = { fake: 'database' } as unknown as Database;
    const cache = { fake: 'cache' } as unknown as Cache;
    await using app = await prepare(Shop)
      .override(Mailer)
      .with({ send: () => 'kept' })
      .override(rate)
      .with(2)
      .override(Settings)
      .with({ limit: 3 })
      .override(databaseToken())
      .with(database)
      .override(cacheToken())
      .with(cache)
      .override(secretToken('LIMIT_KEY', { as: 'number' }))
      .with(new SecretValue('LIMIT_KEY', 4))
      .boot();
    const shop = app.get(Shop);
    expect(app.environment).toBe(environment);
    expect([shop.mailer.send(), shop.rate, shop.settings.limit, shop.key.reveal()]).toEqual(['kept', 2, 3, 4]);
    expect([shop.database, shop.cache]).toEqual([database, cache]);
    const bound = app.bindings().map(({ kind, name, source }) => `${kind} ${name} ${source}`);
    expect(bound).toEqual([
      'provider Mailer override',
      'provider rate override',
      'config Settings override',
      'database default override',
      'cache default override',
      'secret LIMIT_KEY override',
    ]);
  });

  it('takes secrets from its own env too, and nothing from the process', async () => {
    process.env['PYWATT_SECRET_KEY'] = 'from the process';
    try {
      await expect(prepare(Keyed).boot()).rejects.toMatchObject({ code: 'SECRETS_MISSING' });
      await using app = await prepare(Keyed).env({ PYWATT_SECRET_KEY: 'from the test' }).boot();
      expect(app.get(Keyed).key.reveal()).toBe('from the test');
    } finally {
      delete process.env['PYWATT_SECRET_KEY'];
    }
  });

  it('says what each setting came from', async () => {
    await using app = await prepare(Shop).env({ LIMIT: '7' }).secret('LIMIT_KEY', '8').boot();
    expect(app.bindings()).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'config', name: 'Settings', source: environment })]),
    );
  });
});

/** Boots that fail at different moments, and one that does not, in a process with a temporary directory of its own. */
const program = `
  import { InjectDatabase, Module } from '@pywatt/sdk';
  import { testModule } from '@pywatt/sdk/testing';
  class Kept {}
  InjectDatabase()(Kept.prototype, 'database');
  Module({ id: 'kept' })(Kept);
  const fails = (test) => test.boot().then(() => process.exit(1), () => undefined);
  for (const prepare of [() => testModule(Kept), () => testModule(Kept).proxied()]) {
    await fails(prepare().env({ LOG_LEVEL: 'loud' }));
    await fails(prepare().env({ DATABASE_URL: 'nope:x' }));
    await (await prepare().boot()).close();
  }`;

describe('the temporary files of a test', () => {
  it('are removed when it ends, also when its boot fails', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-kit-'));
    try {
      await using kit = new NodeProcess(['--input-type=module', '-e', program], { env: { TMPDIR: directory } });
      expect(await kit.exited).toEqual({ code: 0, signal: null });
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

@Module({ id: 'reader' })
class Reader {
  @InjectCache() readonly cache!: Cache;
}

describe('a cache of a test that is granted near', () => {
  /** Whether what the shared cache gave up for another entry is found for as long as it was leased. */
  async function isNear(prepared: ReturnType<typeof testModule>): Promise<boolean> {
    await using app = await prepared.env({ CACHE_URL: 'memory:?entries=1&policy=fifo' }).boot();
    const { cache } = app.get(Reader);
    // A process that was stopped meanwhile for as long tries again.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await cache.set('key', 1);
      await cache.get('key');
      await cache.set('other', 2);
      if ((await cache.get('key')) === 1) return true;
    }
    return false;
  }

  it('is near under an orchestrator, and one like any other directly', async () => {
    const near = { default: { near: { max: '10kb', maxEntries: 5 } } } as const;
    expect(await isNear(testModule(Reader).proxied().caches(near))).toBe(true);
    expect(await isNear(testModule(Reader).proxied().caches({ default: 'proxied' }))).toBe(false);
    expect(await isNear(testModule(Reader).proxied())).toBe(false);
    expect(await isNear(testModule(Reader).caches(near))).toBe(false);
  });

  it.each(worlds)(
    'is refused in a test that is %s where the module has no such cache, or it cannot be',
    async (_, make) => {
      await expect(
        make(Reader)
          .caches({ defualt: { near: true } })
          .boot(),
      ).rejects.toMatchObject({
        code: 'OVERRIDE_INVALID',
        message: "nothing in Reader injects the cache 'defualt' (did you mean 'default'?)",
      });
      const limits = { default: { near: { maxEntries: 0 } } };
      await expect(make(Reader).caches(limits).boot()).rejects.toThrow('caches.default: near: maxEntries is 0');
    },
  );
});
