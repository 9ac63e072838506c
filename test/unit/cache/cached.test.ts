import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { attachCaches, type Cache, Cached, cacheToken, openCache, type StoreCache } from '../../../src/cache/index.js';
import { decoratorProblems, requirements } from '../../../src/container/index.js';

class Prices {
  calls = 0;

  @Cached({ ttl: '1h' })
  async of(product: string, options?: { readonly currency?: string }): Promise<{ product: string; call: number }> {
    this.calls += 1;
    return { product: `${product} ${options?.currency ?? ''}`, call: this.calls };
  }

  @Cached({ key: (id: number) => `price:${id}`, tags: (id: number) => [`product:${id}`, 'prices'], cache: 'other' })
  async tagged(_id: number): Promise<number> {
    this.calls += 1;
    return this.calls;
  }

  @Cached({ key: 'rates', tags: ['prices'] })
  async rates(): Promise<number> {
    this.calls += 1;
    return this.calls;
  }

  @Cached()
  async failing(): Promise<number> {
    this.calls += 1;
    throw new Error('the source is down');
  }

  // @ts-expect-error: a method that is not async is refused by its type; where nothing checks it, it becomes async.
  @Cached()
  sync(): number {
    this.calls += 1;
    return this.calls;
  }
}

class Sales extends Prices {
  @Cached()
  override async of(product: string): Promise<{ product: string; call: number }> {
    const { call } = await super.of(product);
    return { product: `cheap ${product}`, call };
  }
}

describe('@Cached', () => {
  let cache: StoreCache;
  let asked: string[];
  beforeEach(async () => {
    cache = await openCache({ name: 'default', url: 'memory:' });
    asked = [];
  });
  afterEach(() => cache.close());

  function equipped<T extends object>(instance: T): T {
    attachCaches(instance, (name): Cache => (asked.push(name), cache));
    return instance;
  }

  it('runs the method once for all who call it with equal arguments, whatever the order of properties', async () => {
    const prices = equipped(new Prices());
    const both = await Promise.all([prices.of('tea', { currency: 'EUR' }), prices.of('tea', { currency: 'EUR' })]);
    expect(both).toEqual([
      { product: 'tea EUR', call: 1 },
      { product: 'tea EUR', call: 1 },
    ]);
    expect(both[0]).not.toBe(both[1]);
    expect(await prices.of('tea')).toMatchObject({ call: 2 });
    expect(await prices.of('tea', undefined)).toMatchObject({ call: 2 });
    expect(await cache.get('Prices.of:["tea",{"currency":"EUR"}]')).toEqual({ product: 'tea EUR', call: 1 });
    await cache.clear({ namespace: 'Prices.of' });
    expect(await prices.of('tea')).toMatchObject({ call: 3 });
    expect(Prices.prototype.of.name).toBe('of');
  });

  it('takes key, tags and cache from its options', async () => {
    const prices = equipped(new Prices());
    expect([await prices.tagged(7), await prices.tagged(8), await prices.tagged(7), await prices.rates()]).toEqual([
      1, 2, 1, 3,
    ]);
    expect(new Set(asked)).toEqual(new Set(['other', 'default']));
    expect([await cache.get('price:7'), await cache.get('rates')]).toEqual([1, 3]);
    await cache.invalidateTags(['product:7']);
    expect([await prices.tagged(7), await prices.tagged(8), await prices.rates()]).toEqual([4, 2, 3]);
    await cache.invalidateTags(['prices']);
    expect([await prices.tagged(8), await prices.rates()]).toEqual([5, 6]);
  });

  it('keeps no errors', async () => {
    const prices = equipped(new Prices());
    await expect(prices.failing()).rejects.toThrow('the source is down');
    await expect(prices.failing()).rejects.toThrow('the source is down');
    expect(prices.calls).toBe(2);
  });

  it('makes a method async that was not', async () => {
    const prices = equipped(new Prices());
    const answers: unknown[] = [prices.sync(), prices.sync()];
    expect(await Promise.all(answers)).toEqual([1, 1]);
  });

  it('keeps what subclasses make of a method apart, also where one calls the other', async () => {
    const [prices, sales] = [equipped(new Prices()), equipped(new Sales())];
    expect(await sales.of('tea')).toEqual({ product: 'cheap tea', call: 1 });
    expect(await prices.of('tea')).toEqual({ product: 'tea ', call: 1 });
    expect(await sales.of('tea')).toEqual({ product: 'cheap tea', call: 1 });
    expect(await cache.exists('Sales.of:["tea"]')).toBe(true);
    expect(await cache.exists('Sales.Prices.of:["tea"]')).toBe(true);
  });

  it('needs its caches, for subclasses too', () => {
    const needed = (target: object) => requirements.of(target).map(({ key, where }) => ({ key, where }));
    expect(needed(Prices)).toContainEqual({ key: cacheToken('other'), where: 'Prices.tagged' });
    expect(needed(Sales)).toEqual([...needed(Prices), { key: cacheToken(), where: 'Sales.of' }]);
  });

  it('refuses an object that the container did not create, and arguments that make no key', async () => {
    await expect(new Prices().of('tea')).rejects.toMatchObject({
      name: 'CacheError',
      code: 'CONFIGURATION',
      message: expect.stringContaining('Prices.of'),
    });
    const options = new (class Options {
      readonly currency = 'EUR';
    })();
    await expect(equipped(new Prices()).of('tea', options)).rejects.toMatchObject({ code: 'OPERATION' });
  });

  it('is reported where it cannot be meant', () => {
    class Mistaken {
      @Cached()
      static async fixed(): Promise<void> {}
      @Cached({ key: 'one' })
      async all(_id: number): Promise<void> {}
      @Cached({ ttl: 'soon' as '1s' })
      async ttl(): Promise<void> {}
      @Cached({ staleFor: '1m' })
      async stale(): Promise<void> {}
      @Cached({ tags: [''] })
      async tags(): Promise<void> {}
      // @ts-expect-error: not async
      @Cached()
      async *values(): AsyncGenerator<number> {
        yield 1;
      }
    }
    const problems = decoratorProblems.of(Mistaken).toSorted((one, other) => (one.where < other.where ? -1 : 1));
    expect(problems).toEqual(
      [
        ['all', 'the one key "one"'],
        ['fixed', 'instance method'],
        ['stale', 'staleFor needs a ttl'],
        ['tags', 'the tag is empty'],
        ['ttl', 'ttl "soon"'],
        ['values', 'a generator'],
      ].map(([method, mentioned]) => ({
        code: 'BAD_DECORATOR',
        where: `Mistaken.${method}`,
        message: expect.stringContaining(mentioned!),
      })),
    );
    expect(requirements.of(Mistaken)).toEqual([]);
  });
});
