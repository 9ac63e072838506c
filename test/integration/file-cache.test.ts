import { appendFile, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openCacheStore } from '../../src/cache/index.js';
import { FileCacheSite, text, until } from './file-cache-site.js';
import { describeWithMounts, makeReadOnly, mountSmallDisk } from './small-disk.js';

describe('a cache in files', () => {
  let site: FileCacheSite;
  let directory: string;
  beforeEach(async () => {
    site = await FileCacheSite.create();
    directory = site.directory;
  });
  afterEach(() => site.close());

  describe('of one process', () => {
    it('keeps files of mode 0600 in directories of mode 0700, one for each value', async () => {
      const cache = await site.opened();
      for (const key of ['a b', 'line\nbreak', 'nul\0', '../../etc/passwd', '🔑'.repeat(2_500)])
        await cache.set(key, text(key));
      await cache.set('a b', text('again'));
      const files = await site.valueFiles();
      expect(files).toHaveLength(5);
      for (const file of [...files, site.indexPath]) expect((await stat(file)).mode & 0o777).toBe(0o600);
      for (const made of [directory, join(directory, 'shared'), join(files[0]!, '..')])
        expect((await stat(made)).mode & 0o777).toBe(0o700);
      expect(String(await cache.get('../../etc/passwd'))).toBe('../../etc/passwd');
      await cache.clear();
      expect(await site.valueFiles()).toEqual([]);
    });

    it('takes a relative directory from the current one, and is found again after a restart with its counters', async () => {
      const first = await openCacheStore({ name: 'shared', url: `file:${relative(process.cwd(), directory)}` });
      await first.set('key', text('value'), { ttlMs: 60_000, tags: ['tag'] });
      await first.get('key');
      await first.close();
      const second = await site.opened();
      expect(String((await second.find('key'))?.value)).toBe('value');
      expect(await second.stats()).toMatchObject({ hits: 2, sets: 1, entries: 1 });
    });

    it('keeps caches of other names apart', async () => {
      const [one, other] = [await site.opened(), await site.opened('', { name: '..' })];
      await one.set('key', text('1'));
      expect(await other.get('key')).toBeUndefined();
      await other.clear();
      expect(String(await one.get('key'))).toBe('1');
      expect(await readdir(directory)).toEqual(expect.arrayContaining(['%2E%2E', 'shared']));
    });

    it('gives the disk of expired entries back by itself', async () => {
      const cache = await site.opened();
      await cache.set('key', text('value'), { ttlMs: 20 });
      await until(async () => (await site.valueFiles()).length === 0);
      expect(await cache.stats()).toMatchObject({ expirations: 1, entries: 0, bytes: 0 });
    });

    it('deletes by tag what was written with it', async () => {
      const cache = await site.opened();
      await cache.set('1', text('1'), { tags: ['red', 'round'] });
      await cache.set('2', text('2'), { tags: ['red'] });
      await cache.set('3', text('3'), { tags: ['blue'] });
      await cache.set('2', text('2'));
      await cache.increment('1', 1);
      await cache.invalidateTags(['round', 'blue', 'none']);
      expect([...(await cache.getMany(['1', '2', '3'])).keys()]).toEqual(['2']);
      expect(await cache.stats()).toMatchObject({ deletes: 2 });
    });

    it('writes its index anew before it grows without bound', async () => {
      const cache = await site.opened();
      await cache.set('key', text('1'));
      const entries = new Map(Array.from({ length: 1_000 }, (_, index) => [`key ${index}`, text('1')]));
      for (let round = 0; round < 4; round += 1) {
        await cache.setMany(entries);
        await cache.deleteMany([...entries.keys()]);
      }
      const { size } = await stat(site.indexPath);
      expect(size).toBeLessThan(700_000);
      const again = await site.opened();
      expect(await again.stats()).toMatchObject({ sets: 4_001, deletes: 4_000, entries: 1 });
    });
  });

  describe('with damage', () => {
    it('misses values whose files are truncated, altered, missing or of another key, and removes them', async () => {
      const cache = await site.opened();
      for (const key of ['truncated', 'altered', 'missing', 'empty']) await cache.set(key, text('x'.repeat(1_000)));
      const fileOf = new Map<string, string>();
      for (const file of await site.valueFiles())
        fileOf.set(/"key":"(\w+)"/.exec(await readFile(file, 'utf8'))![1]!, file);
      await truncate(fileOf.get('truncated')!, 500);
      await writeFile(fileOf.get('altered')!, (await readFile(fileOf.get('altered')!, 'utf8')).replace(/x$/, 'y'));
      await rm(fileOf.get('missing')!);
      await truncate(fileOf.get('empty')!, 0);
      for (const key of fileOf.keys()) expect(await cache.get(key)).toBeUndefined();
      expect(await cache.stats()).toMatchObject({ hits: 0, misses: 4, entries: 0, bytes: 0 });
      expect(await site.valueFiles()).toEqual([]);
    });

    it('drops a half-written end of the index, and keeps everything before it', async () => {
      const cache = await site.opened();
      await cache.set('before', text('1'));
      await appendFile(site.indexPath, '0123abcd[["set","torn"');
      const other = await site.opened();
      expect(String(await other.get('before'))).toBe('1');
      await other.set('after', text('2'));
      expect([...(await cache.getMany(['before', 'after'])).values()].map(String)).toEqual(['1', '2']);
      expect(await readFile(site.indexPath, 'utf8')).not.toContain('torn');
    });

    it('is empty when the directory is deleted under it, and goes on', async () => {
      const cache = await site.opened();
      const before = await cache.lock('lock', 60_000);
      await cache.set('key', text('1'));
      await rm(directory, { recursive: true });
      expect(await cache.get('key')).toBeUndefined();
      await cache.set('key', text('2'));
      expect(String(await cache.get('key'))).toBe('2');
      expect((await cache.lock('lock', 60_000))!.fence).toBeGreaterThan(before!.fence);
    });

    it('fails clearly where the directory is a file', async () => {
      await writeFile(directory, '');
      const cache = await site.opened();
      await expect(cache.set('key', text('1'))).rejects.toMatchObject({
        code: 'OPERATION',
        details: { code: 'ENOTDIR' },
      });
    });

    it('sweeps what processes left that died between writing a value and saying so', async () => {
      const cache = await site.opened();
      await cache.set('key', text('1'));
      const [kept = ''] = await site.valueFiles();
      const [old, young] = [`${kept}0`, `${kept}1`];
      await Promise.all([writeFile(old, ''), writeFile(young, '')]);
      const longAgo = new Date(Date.now() - 3_600_000);
      await Promise.all([utimes(old, longAgo, longAgo), utimes(kept, longAgo, longAgo)]);
      await (await site.opened()).ping();
      await until(async () => !(await site.valueFiles()).includes(old));
      expect((await site.valueFiles()).toSorted()).toEqual([kept, young].toSorted());
    });
  });

  describeWithMounts()('on a small disk of its own', () => {
    beforeEach(async () => {
      site.closers.push(await mountSmallDisk(directory));
    });

    it('refuses with FULL what the disk cannot take, keeps the rest, and can still delete', async () => {
      const cache = await site.opened();
      await cache.set('key 0', text('old'));
      const fill = async () => {
        for (let index = 1; index < 1_000; index += 1) await cache.set(`key ${index}`, new Uint8Array(20_000));
      };
      await expect(fill()).rejects.toMatchObject({ code: 'FULL', details: { code: 'ENOSPC' } });
      await expect(cache.set('key 0', new Uint8Array(100_000))).rejects.toMatchObject({ code: 'FULL' });
      await writeFile(join(directory, 'rest'), new Uint8Array(600_000)).catch(() => undefined);
      expect(String(await cache.get('key 0'))).toBe('old');
      const { entries } = await cache.stats();
      for (let index = 1; index < entries; index += 1) expect(await cache.delete(`key ${index}`)).toBe(true);
      await cache.set('key 1', new Uint8Array(100_000));
      expect(await cache.stats()).toMatchObject({ entries: 2 });
    });

    it('reads what is there where it may not write, and says why it cannot', async () => {
      const writer = await site.opened();
      await writer.set('key', text('1'));
      await writer.close();
      await makeReadOnly(directory);
      const cache = await site.opened();
      expect(String(await cache.get('key'))).toBe('1');
      await expect(cache.set('key', text('2'))).rejects.toMatchObject({
        code: 'OPERATION',
        details: { code: 'EROFS' },
      });
      await expect(cache.increment('n', 1)).rejects.toThrow('may not write');
      expect(String(await cache.get('key'))).toBe('1');
    });
  });
});
