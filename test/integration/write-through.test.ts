import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Cache, type Database, WriteThrough } from '@pywatt/sdk';
import { openCache } from '../../src/cache/index.js';
import { openDatabase } from '../../src/database/index.js';
import { Deferred } from '../../src/foundation/index.js';

interface Product {
  readonly name: string;
}

describe('WriteThrough', () => {
  let database: Database;
  let cache: Cache;
  beforeEach(async () => {
    cache = await openCache({ name: 'default', url: 'memory:' });
    database = await openDatabase({ url: 'sqlite::memory:', name: 'default' });
    await database.execute("CREATE TABLE product (id TEXT PRIMARY KEY, name TEXT CHECK (name <> 'refused'))");
  });
  afterEach(() => Promise.all([cache.close(), database.close()]));

  const write = (id: string, { name }: Product) =>
    database.execute('INSERT INTO product VALUES (?, ?) ON CONFLICT DO UPDATE SET name = excluded.name', [id, name]);
  const remove = (id: string) => database.execute('DELETE FROM product WHERE id = ?', [id]);
  const stored = async (id: string) =>
    (await database.queryOne<Product>('SELECT name FROM product WHERE id = ?', [id]))?.name;

  it('writes the source and then the cache, under a key, tags and a ttl of its own', async () => {
    const key = (id: string) => `product:${id}`;
    const tags = (id: string, { name }: Product) => [`name:${name}`, id];
    const products = new WriteThrough<Product>(cache, { write, remove, key, tags, ttl: '1h' });
    await products.set('1', { name: 'tea' });
    expect([await stored('1'), await cache.get('product:1')]).toEqual(['tea', { name: 'tea' }]);
    await cache.invalidateTags(['name:tea']);
    expect(await cache.exists('product:1')).toBe(false);
    await products.set('1', { name: 'coffee' });
    await products.delete('1');
    expect([await stored('1'), await cache.exists('product:1')]).toEqual([undefined, false]);
  });

  it('passes the error of the source on, and leaves no copy that might be old', async () => {
    const products = new WriteThrough<Product>(cache, { write });
    await products.set('1', { name: 'tea' });
    await expect(products.set('1', { name: 'refused' })).rejects.toMatchObject({ name: 'DatabaseError' });
    expect([await stored('1'), await cache.exists('1')]).toEqual(['tea', false]);
    await products.set('1', { name: 'coffee' });
    expect(await cache.get('1')).toEqual({ name: 'coffee' });
  });

  it('refuses what no cache would take before the source has it', async () => {
    const products = new WriteThrough<unknown>(cache, { write: () => write('1', { name: 'tea' }) });
    await expect(products.set('1', { size: 1n })).rejects.toMatchObject({ code: 'SERIALIZATION' });
    await expect(products.set('', 1)).rejects.toMatchObject({ code: 'OPERATION' });
    await expect(products.delete('1')).rejects.toMatchObject({ code: 'CONFIGURATION' });
    expect(() => new WriteThrough(cache, { write: async () => undefined, ttl: 'soon' as '1s' })).toThrow('soon');
    expect(await stored('1')).toBeUndefined();
  });

  it('deletes the copy that the cache does not take, and says when that fails, too', async () => {
    await using small = await openCache({ name: 'small', url: 'memory:?policy=none&max=1kb' });
    const products = new WriteThrough<Product>(small, { write });
    await products.set('1', { name: 'tea' });
    await products.set('1', { name: 'x'.repeat(1_000) });
    expect([(await stored('1'))?.length, await small.exists('1')]).toEqual([1_000, false]);
    await small.close();
    await expect(products.set('1', { name: 'coffee' })).rejects.toMatchObject({
      name: 'CacheError',
      code: 'CLOSED',
      message: expect.stringContaining('an old value may be found'),
      cause: expect.objectContaining({ code: 'CLOSED' }),
    });
    expect(await stored('1')).toBe('coffee');
  });

  it('writes values of one key one after the other, in the order they were set', async () => {
    const begun: string[] = [];
    const first = new Deferred<void>();
    const products = new WriteThrough<Product>(cache, {
      write: async (id, product) => {
        begun.push(`${id} ${product.name}`);
        if (product.name === 'slow') await first.promise;
        await write(id, product);
      },
    });
    const writes = [
      products.set('1', { name: 'slow' }),
      products.set('1', { name: 'fast' }),
      products.set('2', { name: 'other' }),
    ];
    await writes[2];
    expect(begun).toEqual(['1 slow', '2 other']);
    first.resolve();
    await Promise.all(writes);
    expect([await stored('1'), await cache.get('1')]).toEqual(['fast', { name: 'fast' }]);
  });
});
