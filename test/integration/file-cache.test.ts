import { execFile } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CacheOptions, type CacheStore, openCacheStore } from '../../src/cache/index.js';
import { TestDirectory } from '../../src/testing/test-directory.js';
import { NodeProcess, repository } from './node-process.js';

const run = promisify(execFile);
const text = (value: string) => Buffer.from(value);
const program = join(repository, 'test/fixtures/mains/uses-file-cache.ts');

describe('a cache in files', () => {
  const closers: (() => Promise<unknown>)[] = [];
  let directory: string;
  beforeEach(async () => {
    const temporary = await TestDirectory.create();
    directory = join(temporary.path, 'cache');
    closers.push(() => temporary.remove());
  });
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  async function opened(query = '', options: Partial<CacheOptions> = {}): Promise<CacheStore> {
    const store = await openCacheStore({ name: 'shared', url: `file:${directory}${query}`, ...options });
    closers.push(() => store.close());
    return store;
  }

  function launched(action: string, count = 0, input: string | null = ''): NodeProcess {
    const argv = ['--import', 'tsx', program, `file:${directory}`, action, String(count)];
    const child = new NodeProcess(argv, { input });
    closers.push(() => child[Symbol.asyncDispose]());
    return child;
  }

  /** The paths of all files with values. */
  async function valueFiles(): Promise<string[]> {
    const found = await readdir(join(directory, 'shared'), { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile() && /^[0-9a-f]{32}-/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  }

  const indexPath = () => join(directory, 'shared', 'index');

  describe('of one process', () => {
    it('keeps files of mode 0600 in directories of mode 0700, one for each value', async () => {
      const cache = await opened();
      for (const key of ['a b', 'line\nbreak', 'nul\0', '../../etc/passwd', '🔑'.repeat(2_500)])
        await cache.set(key, text(key));
      await cache.set('a b', text('again'));
      const files = await valueFiles();
      expect(files).toHaveLength(5);
      for (const file of [...files, indexPath()]) expect((await stat(file)).mode & 0o777).toBe(0o600);
      for (const made of [directory, join(directory, 'shared'), join(files[0]!, '..')])
        expect((await stat(made)).mode & 0o777).toBe(0o700);
      expect(String(await cache.get('../../etc/passwd'))).toBe('../../etc/passwd');
      await cache.clear();
      expect(await valueFiles()).toEqual([]);
    });

    it('takes a relative directory from the current one, and is found again after a restart with its counters', async () => {
      const first = await openCacheStore({ name: 'shared', url: `file:${relative(process.cwd(), directory)}` });
      await first.set('key', text('value'), { ttlMs: 60_000, tags: ['tag'] });
      await first.get('key');
      await first.close();
      const second = await opened();
      expect(String((await second.find('key'))?.value)).toBe('value');
      expect(await second.stats()).toMatchObject({ hits: 2, sets: 1, entries: 1 });
    });

    it('keeps caches of other names apart', async () => {
      const [one, other] = [await opened(), await opened('', { name: '..' })];
      await one.set('key', text('1'));
      expect(await other.get('key')).toBeUndefined();
      await other.clear();
      expect(String(await one.get('key'))).toBe('1');
      expect(await readdir(directory)).toEqual(expect.arrayContaining(['%2E%2E', 'shared']));
    });

    it('gives the disk of expired entries back by itself', async () => {
      const cache = await opened();
      await cache.set('key', text('value'), { ttlMs: 20 });
      await until(async () => (await valueFiles()).length === 0);
      expect(await cache.stats()).toMatchObject({ expirations: 1, entries: 0, bytes: 0 });
    });

    it('deletes by tag what was written with it', async () => {
      const cache = await opened();
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
      const cache = await opened();
      await cache.set('key', text('1'));
      const entries = new Map(Array.from({ length: 1_000 }, (_, index) => [`key ${index}`, text('1')]));
      for (let round = 0; round < 4; round += 1) {
        await cache.setMany(entries);
        await cache.deleteMany([...entries.keys()]);
      }
      const { size } = await stat(indexPath());
      expect(size).toBeLessThan(700_000);
      const again = await opened();
      expect(await again.stats()).toMatchObject({ sets: 4_001, deletes: 4_000, entries: 1 });
    });
  });

  describe('with damage', () => {
    it('misses values whose files are truncated, altered, missing or of another key, and removes them', async () => {
      const cache = await opened();
      for (const key of ['truncated', 'altered', 'missing', 'empty']) await cache.set(key, text('x'.repeat(1_000)));
      const fileOf = new Map<string, string>();
      for (const file of await valueFiles()) fileOf.set(/"key":"(\w+)"/.exec(await readFile(file, 'utf8'))![1]!, file);
      await truncate(fileOf.get('truncated')!, 500);
      await writeFile(fileOf.get('altered')!, (await readFile(fileOf.get('altered')!, 'utf8')).replace(/x$/, 'y'));
      await rm(fileOf.get('missing')!);
      await truncate(fileOf.get('empty')!, 0);
      for (const key of fileOf.keys()) expect(await cache.get(key)).toBeUndefined();
      expect(await cache.stats()).toMatchObject({ hits: 0, misses: 4, entries: 0, bytes: 0 });
      expect(await valueFiles()).toEqual([]);
    });

    it('drops a half-written end of the index, and keeps everything before it', async () => {
      const cache = await opened();
      await cache.set('before', text('1'));
      await appendFile(indexPath(), '0123abcd[["set","torn"');
      const other = await opened();
      expect(String(await other.get('before'))).toBe('1');
      await other.set('after', text('2'));
      expect([...(await cache.getMany(['before', 'after'])).values()].map(String)).toEqual(['1', '2']);
      expect(await readFile(indexPath(), 'utf8')).not.toContain('torn');
    });

    it('is empty when the directory is deleted under it, and goes on', async () => {
      const cache = await opened();
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
      const cache = await opened();
      await expect(cache.set('key', text('1'))).rejects.toMatchObject({
        code: 'OPERATION',
        details: { code: 'ENOTDIR' },
      });
    });

    it('sweeps what processes left that died between writing a value and saying so', async () => {
      const cache = await opened();
      await cache.set('key', text('1'));
      const [kept = ''] = await valueFiles();
      const [old, young] = [`${kept}0`, `${kept}1`];
      await Promise.all([writeFile(old, ''), writeFile(young, '')]);
      const longAgo = new Date(Date.now() - 3_600_000);
      await Promise.all([utimes(old, longAgo, longAgo), utimes(kept, longAgo, longAgo)]);
      await (await opened()).ping();
      await until(async () => !(await valueFiles()).includes(old));
      expect((await valueFiles()).toSorted()).toEqual([kept, young].toSorted());
    });
  });

  describe('on a small disk of its own', () => {
    /** Undefined where this user may not mount. */
    async function mounted(): Promise<string | undefined> {
      await mkdir(directory);
      const isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', directory]).then(
        () => true,
        () => false,
      );
      if (isMounted) closers.push(() => run('umount', ['-l', directory]));
      return isMounted ? directory : undefined;
    }

    it('refuses with FULL what the disk cannot take, keeps the rest, and can still delete', async () => {
      if (!(await mounted())) return;
      const cache = await opened();
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
      if (!(await mounted())) return;
      const writer = await opened();
      await writer.set('key', text('1'));
      await writer.close();
      await run('mount', ['-o', 'remount,ro', directory]);
      const cache = await opened();
      expect(String(await cache.get('key'))).toBe('1');
      await expect(cache.set('key', text('2'))).rejects.toMatchObject({
        code: 'OPERATION',
        details: { code: 'EROFS' },
      });
      await expect(cache.increment('n', 1)).rejects.toThrow('may not write');
      expect(String(await cache.get('key'))).toBe('1');
    });
  });

  describe('of many processes', () => {
    it('loses no increment and lets one at a time into a lock', async () => {
      const children = [...[1, 2, 3].map(() => launched('increment', 100)), ...[1, 2].map(() => launched('lock', 25))];
      for (const child of children) expect((await child.exited).code).toBe(0);
      const cache = await opened();
      expect(String(await cache.get('counter'))).toBe('300');
      expect(String(await cache.get('guarded'))).toBe('50');
      expect(await cache.stats()).toMatchObject({ sets: 350, hits: 2 + 49, entries: 2 });
    }, 60_000);

    it('holds its bound for all of them together, and values are whole', async () => {
      const cache = await opened('?max=1mb');
      const other = await opened('?max=1mb');
      const child = launched('write-forever');
      await child.match(/writing/);
      for (let round = 0; round < 100; round += 1) {
        await cache.set(`mine ${round % 20}`, new Uint8Array(50_000).fill(round));
        expect((await other.stats()).bytes).toBeLessThanOrEqual(10 * 1024 ** 2);
        const value = await other.get(`key ${round % 10}`);
        if (value) expect(value.every((byte) => byte === value[0])).toBe(true);
      }
      child.kill('SIGKILL');
      await child.exited;
      await cache.set('last', text('1'));
      const { bytes, entries } = await cache.stats();
      expect(bytes).toBeLessThanOrEqual(1024 ** 2);
      const values = await cache.getMany(Array.from({ length: 10 }, (_, index) => `key ${index}`));
      for (const value of values.values()) expect(value.every((byte) => byte === value[0])).toBe(true);
      expect((await valueFiles()).length - entries).toBeLessThanOrEqual(2);
    }, 60_000);

    it('tells a holder that was stopped past its ttl that the lock is not its own any more', async () => {
      const cache = await opened();
      const child = launched('hold', 0, null);
      const fence = Number(await child.match(/fence (\d+)/));
      child.kill('SIGSTOP');
      let taken: Awaited<ReturnType<CacheStore['lock']>>;
      await until(async () => (taken = await cache.lock('turn', 60_000)) !== undefined);
      expect(taken!.fence).toBeGreaterThan(fence);
      child.kill('SIGCONT');
      child.write({});
      expect(await child.match(/released (\w+)/)).toBe('false');
      expect(await cache.unlock('turn', taken!.token)).toBe(true);
    }, 60_000);

    it('takes the lock of the directory over from a process that died with it', async () => {
      const cache = await opened();
      await cache.ping();
      const dead = new NodeProcess(['-e', '']);
      await dead.exited;
      await symlink(`${dead.pid}@${hostname()}@id`, join(directory, 'shared', 'lock'));
      await cache.set('key', text('1'));
      expect(String(await cache.get('key'))).toBe('1');
    });
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
