import { describe, expect, it } from '@jest/globals';
import {
  bootModule,
  type Cache,
  Cached,
  cacheToken,
  createToken,
  type Database,
  Inject,
  Injectable,
  InjectDatabase,
  Module,
  type OnStart,
} from '@pywatt/sdk';
import { Controller, Get, Params } from '@pywatt/sdk/http';
import { testModule } from '@pywatt/sdk/testing';

/** A provider that injects no cache. */
@Injectable()
class Products {
  constructor(@InjectDatabase() private readonly database: Database) {}

  @Cached({ ttl: '1h', tags: (id: number) => [`product:${id}`] })
  async name(id: number): Promise<string | null> {
    const row = await this.database.queryOne<{ name: string }>('SELECT name FROM product WHERE id = ?', [id]);
    return row && row.name;
  }

  async rename(id: number, name: string): Promise<void> {
    await this.database.execute('UPDATE product SET name = ? WHERE id = ?', [name, id]);
  }
}

@Injectable()
class Shelf extends Products {
  @Cached({ cache: 'shelf' })
  async label(id: number): Promise<string> {
    return `${await this.name(id)}!`;
  }
}

@Controller('/labels')
class Labels {
  made = 0;

  @Get('/:id')
  @Cached({ key: (id: string) => `label:${id}` })
  async label(@Params('id') id: string): Promise<string> {
    this.made += 1;
    return `${id}, made ${this.made}`;
  }
}

const madeShelf = createToken<Shelf>('made shelf');

@Module({
  id: 'shop',
  controllers: [Labels],
  providers: [
    Shelf,
    { provide: madeShelf, useFactory: (shelf: Shelf) => Object.create(shelf) as Shelf, inject: [Shelf] },
  ],
})
class ShopModule implements OnStart {
  constructor(
    @Inject(Shelf) readonly shelf: Shelf,
    @InjectDatabase() private readonly database: Database,
  ) {}

  async onStart(): Promise<void> {
    await this.database.execute('CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT)');
    await this.database.execute("INSERT INTO product VALUES (1, 'tea'), (2, 'coffee')");
  }
}

describe.each([
  ['direct', () => testModule(ShopModule)],
  ['proxied', () => testModule(ShopModule).proxied()],
] as const)('@Cached in a module, %s', (_world, testing) => {
  it('keeps results in caches that no class injects, until their tag is invalidated', async () => {
    await using app = await testing().boot();
    const { shelf } = app.get(ShopModule);
    const cache = app.get(cacheToken());
    expect([await shelf.label(1), await shelf.label(2), await shelf.name(3)]).toEqual(['tea!', 'coffee!', null]);
    await shelf.rename(1, 'green tea');
    expect(await shelf.name(1)).toBe('tea');
    await cache.invalidateTags(['product:1']);
    expect([await shelf.name(1), await shelf.name(2)]).toEqual(['green tea', 'coffee']);
    expect(await app.get(cacheToken('shelf')).get('Shelf.label:[1]')).toBe('tea!');
    expect(await app.get(madeShelf).name(1)).toBe('green tea');
    expect(app.bindings()).toContainEqual(expect.objectContaining({ kind: 'cache', name: 'shelf' }));
  });

  it('keeps what the handler of a route returns', async () => {
    await using app = await testing().boot();
    const bodies = ['/labels/1', '/labels/2', '/labels/1'].map(async (path) => (await app.request(path)).text());
    expect(new Set(await Promise.all(bodies)).size).toBe(2);
    expect(await app.get(cacheToken()).exists('label:2')).toBe(true);
  });

  it('uses the cache that a test puts in its place', async () => {
    const loaded: string[] = [];
    const none = {
      getOrSet: async (key: string, load: () => Promise<unknown>) => (loaded.push(key), load()),
    } as unknown as Cache;
    await using app = await testing().override(cacheToken()).with(none).boot();
    const { shelf } = app.get(ShopModule);
    await shelf.name(1);
    await shelf.rename(1, 'green tea');
    expect(await shelf.name(1)).toBe('green tea');
    expect(loaded).toEqual(['Shelf.Products.name:[1]', 'Shelf.Products.name:[1]']);
  });
});

describe('@Cached in a module that is booted', () => {
  it('is among the problems of the graph where it cannot be meant', async () => {
    class Mistaken {
      @Cached({ key: 'one' })
      async all(_id: number): Promise<void> {}
    }
    @Module({ id: 'mistaken', providers: [Mistaken] })
    class MistakenModule {}
    await expect(bootModule(MistakenModule, { env: {} })).rejects.toMatchObject({
      code: 'GRAPH_INVALID',
      message: expect.stringContaining('BAD_DECORATOR Mistaken.all: @Cached gives all arguments the one key "one"'),
    });
  });
});
