import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CachePassword, type CacheStore, openCacheStore } from '../../src/cache/index.js';
import { describeWithMemcached, MemcachedProcess } from './memcached-process.js';
import { closersAfterEach } from '../support/closers.js';

/** The texts of one question to saslauthd: login, password, service and realm, each behind its length in two bytes. */
function questionOf(bytes: Buffer): readonly string[] | undefined {
  const texts: string[] = [];
  let at = 0;
  while (texts.length < 4) {
    if (bytes.length < at + 2 || bytes.length < at + 2 + bytes.readUInt16BE(at)) return undefined;
    texts.push(bytes.toString('utf8', at + 2, at + 2 + bytes.readUInt16BE(at)));
    at += 2 + bytes.readUInt16BE(at);
  }
  return texts;
}

describeWithMemcached()('a cache on a memcached that wants a login', () => {
  const closers = closersAfterEach();

  /** A memcached that asks this test, in the place of saslauthd, who may log in: app with one of these passwords. */
  async function guarded(passwords = new Set(['hunter2222'])): Promise<MemcachedProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-sasl-'));
    closers.push(() => rm(directory, { recursive: true, force: true }));
    const path = join(directory, 'mux');
    const authority = createServer((socket) => {
      let asked = Buffer.alloc(0);
      socket.on('data', (bytes) => {
        asked = Buffer.concat([asked, bytes]);
        const question = questionOf(asked);
        if (!question) return;
        const answer = question[0] === 'app' && passwords.has(question[1] ?? '') ? 'OK' : 'NO';
        socket.end(Buffer.from(`\0\u0002${answer}`));
      });
    });
    authority.listen(path);
    await once(authority, 'listening');
    closers.push(() => new Promise((resolve) => authority.close(resolve)));
    const lines = ['mech_list: plain', 'pwcheck_method: saslauthd', `saslauthd_path: ${path}`];
    await writeFile(join(directory, 'memcached.conf'), lines.map((line) => `${line}\n`).join(''));
    // memcached gives up being root.
    await chmod(directory, 0o755);
    await chmod(path, 0o777);
    const server = await MemcachedProcess.start(['-S'], { SASL_CONF_PATH: directory });
    closers.push(() => server.kill());
    return server;
  }

  async function opened(url: string, password?: CachePassword): Promise<CacheStore> {
    return closers.use(await openCacheStore({ name: 'sessions', url, timeout: '20s', ...(password && { password }) }));
  }

  it('logs in with the user and password of its url', async () => {
    const { port } = await guarded();
    const cache = await opened(`memcached://app:hunter2222@127.0.0.1:${port}`);
    await cache.set('key', Buffer.from('1'));
    expect(String(await cache.get('key'))).toBe('1');
    expect(cache.description).not.toContain('hunter2222');
  });

  it('names the user, never the password, of a login that is refused, and does not wait', async () => {
    const { port } = await guarded();
    const cache = await opened(`memcached://app:wrongwrong@127.0.0.1:${port}`);
    for (const work of [() => cache.get('key'), () => cache.set('key', Buffer.from('1'))]) {
      const failure: unknown = await work().catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'CONNECTION',
        retryable: false,
        message: expect.stringContaining("refuses the login of user 'app'"),
      });
      expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure as object))).not.toContain('wrongwrong');
    }
  });

  it('says that a login is wanted where its url has none, and asks no environment variable for one', async () => {
    const { url } = await guarded();
    process.env['MEMCACHE_USERNAME'] = 'app';
    process.env['MEMCACHE_PASSWORD'] = 'hunter2222';
    try {
      const cache = await opened(url);
      await expect(cache.get('key')).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringContaining('wants a login'),
      });
    } finally {
      delete process.env['MEMCACHE_USERNAME'];
      delete process.env['MEMCACHE_PASSWORD'];
    }
  });

  describe('whose password is a secret', () => {
    const signal = new AbortController().signal;

    async function withSecret(value: string, accepted: readonly string[]) {
      const passwords = new Set(accepted);
      const { port } = await guarded(passwords);
      const inForce = { value };
      const cache = await opened(`memcached://app@127.0.0.1:${port}`, {
        secret: 'CACHE_PASSWORD',
        current: async () => inForce.value,
      });
      return { cache, inForce, passwords };
    }

    it('is rotated under load without one failure', async () => {
      const { cache, passwords } = await withSecret('first', ['first']);
      let isOver = false;
      let done = 0;
      const workers = Promise.all(
        Array.from({ length: 8 }, async (_, worker) => {
          while (!isOver) {
            await cache.set(`key ${worker}`, Buffer.from(String(done)));
            await cache.increment('count', 1);
            done += 1;
          }
        }),
      );
      const more = async () => {
        const from = done;
        while (done < from + 50) await Promise.race([workers, new Promise(setImmediate)]);
      };
      await more();
      passwords.add('second');
      const prepared = await cache.credentialUsers![0]!.prepare('second', signal);
      passwords.delete('first');
      await more();
      prepared.activate();
      await more();
      await prepared.retire();
      await more();
      isOver = true;
      await workers;
      expect(Number(String(await cache.get('count')))).toBe(done);
    });

    it('refuses a password that does not work, and goes on with the old one', async () => {
      const { cache } = await withSecret('first', ['first']);
      await cache.ping();
      await expect(cache.credentialUsers![0]!.prepare('never worked', signal)).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringContaining("of user 'app'; its password is secret 'CACHE_PASSWORD'"),
      });
      await cache.ping();
    });

    it('waits for the rotation when the server knows the new password already', async () => {
      const { cache } = await withSecret('first', ['second']);
      const waiting = cache.set('key', Buffer.from('1'));
      const prepared = await cache.credentialUsers![0]!.prepare('second', signal);
      prepared.activate();
      await waiting;
      await prepared.retire();
      expect(String(await cache.get('key'))).toBe('1');
    });

    it('returns to the old password when the rotation is abandoned', async () => {
      const { cache, passwords } = await withSecret('first', ['first', 'second']);
      await cache.ping();
      const prepared = await cache.credentialUsers![0]!.prepare('second', signal);
      prepared.activate();
      await cache.ping();
      await prepared.abandon();
      passwords.delete('second');
      expect(await cache.ping()).toBeUndefined();
    });
  });
});
