import { expect, it } from '@jest/globals';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { repository } from './node-process.js';
import { startWith, until } from './orchestrator-fixture.js';
import type { StoreCache } from '../../src/cache/index.js';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { TestDirectory } from '../../src/testing/test-directory.js';
import { startCluster } from './redis-cluster.js';
import { redisCachesAfterEach } from './redis-caches.js';
import { describeWithRedis, RedisServer, type ServerTls } from './redis-server.js';
import { tlsFile } from '../support/tls-file.js';

const main = join(repository, 'test/fixtures/mains/loads-an-entry.ts');
const loading = { command: [process.execPath, '--import', 'tsx', main], cwd: repository, restart: 'never' as const };
const open: ServerTls = { certificate: 'orchestrator', wantsCertificates: false };
const strict: ServerTls = { certificate: 'orchestrator', wantsCertificates: true };
const byName: ServerTls = { certificate: 'by-name', wantsCertificates: false };
const elsewhere: ServerTls = { certificate: 'other-host', wantsCertificates: false };
const query = (files: Readonly<Record<string, string>>) =>
  Object.entries(files)
    .map(([parameter, name]) => `${parameter}=${encodeURIComponent(tlsFile(name))}`)
    .join('&');
const trusting = query({ ca: 'authority.pem' });
const known = query({ ca: 'authority.pem', cert: 'module.pem', key: 'module.key' });
const untrusted = /self.signed|unable to verify|issuer/;

describeWithRedis()('a cache on a Redis with TLS', () => {
  const { closers, opened, clientOf } = redisCachesAfterEach();

  async function secured(tls: ServerTls): Promise<{ url: string; server: RedisServer }> {
    const server = closers.use(await RedisServer.start([], undefined, tls));
    return { server, url: `rediss://127.0.0.1:${server.port}/0` };
  }

  it('trusts the server whose certificate it was told to trust', async () => {
    const { server, url } = await secured(open);
    const cache = await opened({ url: `${url}?${trusting}` });
    await cache.set('key', 1);
    expect(await clientOf(server).get('pywatt:sessions:key')).toBe('1');
  });

  it.each([
    ['whose certificate is of another authority', 'orchestrator', query({ ca: 'other-authority.pem' }), untrusted],
    ['whose certificate only the system’s authorities could vouch for', 'orchestrator', '', untrusted],
    ['that is another than its certificate says', 'other-host', trusting, /does not match/],
    ['whose certificate has expired', 'expired', trusting, /expired/],
  ])('refuses a server %s, and says so', async (_, certificate, parameters, why) => {
    const { url } = await secured({ certificate, wantsCertificates: false });
    const cache = await opened({ url: `${url}?${parameters}`, timeout: '500ms' });
    await expect(cache.get('key')).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringMatching(why),
    });
  });

  it('shows a certificate of its own to a server that wants one', async () => {
    const { url } = await secured(strict);
    const cache = await opened({ url: `${url}?${known}` });
    await cache.set('key', 1);
    expect(await cache.get('key')).toBe(1);
    for (const parameters of [
      trusting,
      query({ ca: 'authority.pem', cert: 'foreign-module.pem', key: 'foreign-module.key' }),
    ]) {
      const refused = await opened({ url: `${url}?${parameters}`, timeout: '500ms' });
      await expect(refused.get('key')).rejects.toMatchObject({ code: 'CONNECTION' });
    }
  });

  it('reads its files anew with each connection, and goes on with what it read before where they are broken', async () => {
    const { url, server } = await secured(strict);
    const directory = await TestDirectory.create();
    closers.push(() => directory.remove());
    const files = { ca: 'authority.pem', cert: 'cert.pem', key: 'cert.key' };
    const put = async (from: string) => {
      await copyFile(tlsFile(`${from}.pem`), join(directory.path, files.cert));
      await copyFile(tlsFile(`${from}.key`), join(directory.path, files.key));
    };
    await put('foreign-module');
    await copyFile(tlsFile(files.ca), join(directory.path, files.ca));
    const parameters = Object.entries(files).map(([name, file]) => `${name}=${join(directory.path, file)}`);
    const lines: string[] = [];
    const logger = createLogger({ write: (line) => lines.push(line), redactor: new SecretRedactor() });
    const cache = await opened({ url: `${url}?${parameters.join('&')}`, timeout: '2s', logger });
    await expect(cache.set('key', 1)).rejects.toMatchObject({ code: 'CONNECTION' });
    await put('module');
    await cache.set('key', 1);
    await writeFile(join(directory.path, files.key), 'half of a k');
    await server.kill();
    closers.use(await RedisServer.start([], server.port, strict));
    await untilSet(cache);
    expect(lines.filter((line) => line.includes('files for TLS'))).toEqual([expect.stringContaining('needed: PEM')]);
  });

  /** A master, a replica and a sentinel, none of which has a port without TLS; they know each other by `host`. */
  async function deployment(tls: ServerTls, sentinelTls = tls, host = '127.0.0.1') {
    const replicaOf = (port: number) => [`replicaof ${host} ${port}`, `replica-announce-ip ${host}`];
    const master = closers.use(await RedisServer.start(['repl-diskless-sync-delay 0'], undefined, tls));
    const replica = closers.use(await RedisServer.start(replicaOf(master.port), undefined, tls));
    const sentinel = closers.use(
      await RedisServer.startSentinel(
        [
          'sentinel resolve-hostnames yes',
          'sentinel announce-hostnames yes',
          `sentinel monitor main ${host} ${master.port} 1`,
          'sentinel down-after-milliseconds main 500',
          'sentinel failover-timeout main 2000',
        ],
        sentinelTls,
      ),
    );
    return { master, replica, sentinel, url: `rediss-sentinel://${host}:${sentinel.port}/0?master=main` };
  }

  async function untilSet(cache: StoreCache): Promise<void> {
    const isSet = () =>
      cache.set('new', 1).then(
        () => true,
        () => false,
      );
    await until(isSet, 'there is a master again');
  }

  it.each([
    ['', open, trusting, '127.0.0.1'],
    [', with a certificate of its own', strict, known, '127.0.0.1'],
    [', all certified by name', byName, trusting, 'localhost'],
  ])(
    'speaks TLS with the sentinels, too, and with the master they choose later%s',
    async (_, tls, parameters, host) => {
      const { master, replica, sentinel, url } = await deployment(tls, tls, host);
      const cache = await opened({ url: `${url}&${parameters}`, timeout: '10s' });
      await cache.set('key', 'kept');
      const [copy, watcher] = [clientOf(replica), clientOf(sentinel)];
      await until(async () => (await copy.dbsize()) === 1, 'the replica has a copy');
      await until(
        async () => String(await watcher.call('SENTINEL', 'REPLICAS', 'main')).includes(`${host}:${replica.port}`),
        'the sentinel knows the replica',
      );
      await master.kill();
      await untilSet(cache);
      expect(await copy.get('pywatt:sessions:new')).toBe('1');
      expect(await cache.get('key')).toBe('kept');
    },
  );

  it.each([
    ['a sentinel that is another than its certificate says', open, elsewhere, trusting, /sentinels.*certificates/],
    ['a sentinel of another authority', open, open, query({ ca: 'other-authority.pem' }), /sentinels.*certificates/],
    ['a master that is another than its certificate says', elsewhere, open, trusting, /: [^:]*does not match/],
  ])('trusts no word of %s', async (_, masterTls, sentinelTls, parameters, why) => {
    const { master, url } = await deployment(masterTls, sentinelTls);
    const cache = await opened({ url: `${url}&${parameters}`, timeout: '1s' });
    for (const key of ['one', 'two', 'three'])
      await expect(cache.set(key, 1)).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringMatching(why),
      });
    expect(await clientOf(master).dbsize()).toBe(0);
  });

  it.each([
    [{ secret: 'SENTINELS', current: async () => 'another' }, "sentinels is secret 'SENTINELS'"],
    [undefined, 'as sentinelPassword'],
  ])('says which password sentinels refuse (%#)', async (sentinelPassword, message) => {
    const sentinel = closers.use(await RedisServer.startSentinel([], open));
    await clientOf(sentinel).acl('SETUSER', 'default', 'resetpass', '>first-password');
    const url = `rediss-sentinel://127.0.0.1:${sentinel.port}?master=main&${trusting}`;
    const cache = await opened({ url, sentinelPassword, timeout: '1s' });
    const error: unknown = await cache.get('key').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CONNECTION', message: expect.stringContaining(message) });
    expect(inspect(error, { depth: 10 })).not.toContain('another');
  });

  it('logs in to sentinels that want that, also when their password has changed meanwhile', async () => {
    const { master, replica, sentinel, url } = await deployment(open);
    const admin = clientOf(sentinel);
    await admin.acl('SETUSER', 'asker', 'reset', 'on', '>first-password', '+@all', 'allchannels');
    let password = 'first-password';
    const sentinelPassword = { secret: 'SENTINELS', current: async () => password };
    const cache = await opened({ url: `${url}&${trusting}&sentinelUser=asker`, sentinelPassword, timeout: '10s' });
    await cache.set('key', 'kept');
    await until(
      async () => String(await admin.call('SENTINEL', 'REPLICAS', 'main')).includes(`127.0.0.1:${replica.port}`),
      'the sentinel knows the replica',
    );
    await admin.acl('SETUSER', 'asker', 'resetpass', '>second-password');
    password = 'second-password';
    await master.kill();
    await untilSet(cache);
    expect(await clientOf(replica).get('pywatt:sessions:new')).toBe('1');
  });

  it('serves the modules of an orchestrator and those that open it themselves, each by secrets', async () => {
    const { master, sentinel, url } = await deployment(strict);
    await clientOf(sentinel).acl('SETUSER', 'asker', 'reset', 'on', '>sentinel-password', '+@all', 'allchannels');
    await clientOf(master).acl('SETUSER', 'app', 'reset', 'on', '>master-password', '~*', '+@all', 'allchannels');
    const asked = `${url.replace('//', '//app@')}&${known}&sentinelUser=asker`;
    await using running = await startWith({
      modules: {
        proxied: { ...loading, caches: ['default'] },
        direct: {
          ...loading,
          caches: { default: 'direct' },
          secrets: ['MASTER', 'SENTINELS'],
          env: { CACHE_URL: asked, CACHE_PASSWORD_SECRET: 'MASTER', CACHE_SENTINEL_SECRET: 'SENTINELS' },
        },
      },
      caches: { default: { url: asked, password: { secret: 'MASTER' }, sentinelPassword: { secret: 'SENTINELS' } } },
      secrets: [{ memory: { MASTER: 'master-password', SENTINELS: 'sentinel-password' } }],
    });
    await running.orchestrator.ready;
    for (const id of ['proxied', 'direct']) {
      const response = await running.request(`/${id}/ask/${id}/3`, { method: 'POST' });
      expect([response.status, await response.json()]).toMatchObject([200, { loads: 1 }]);
    }
    expect(await clientOf(master).keys('pywatt:default:*')).toHaveLength(2);
    for (const name of ['MASTER', 'SENTINELS'])
      expect(await running.orchestrator.rotateSecret(name, 'never-worked')).toMatchObject({
        outcome: 'rejected',
        message: expect.stringContaining('refuses the login'),
      });
    expect(JSON.stringify(running.lines)).not.toMatch(/master-password|sentinel-password/);
  });

  const started = (server: { close(): Promise<unknown> }) => void closers.use(server);
  const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);

  it('speaks TLS with every node of a cluster', async () => {
    const { ports, clients } = await startCluster(started, { tls: strict });
    const hosts = ports.map((port) => `127.0.0.1:${port}`);
    const cache = await opened({ url: `rediss-cluster://${hosts[0]}?${known}` });
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, key])));
    expect(await cache.getMany(keys)).toEqual(new Map(keys.map((key) => [key, key])));
    for (const client of clients) expect(await client.dbsize()).toBeGreaterThan(0);
    for (const parameters of [trusting, known.replace('authority', 'other-authority')]) {
      const refused = await opened({ url: `rediss-cluster://${hosts.join()}?${parameters}`, timeout: '1s' });
      await expect(refused.get('key-1')).rejects.toMatchObject({
        code: 'CONNECTION',
        message: expect.stringMatching(/certificates.*ca.*cert and key/),
      });
    }
  });

  it('compares the certificates of a cluster with the names of its nodes, where they announce names', async () => {
    const { ports, clients } = await startCluster(started, {
      tls: byName,
      settings: ['cluster-announce-hostname localhost', 'cluster-preferred-endpoint-type hostname'],
    });
    const cache = await opened({ url: `rediss-cluster://localhost:${ports[0]}?${trusting}`, timeout: '10s' });
    await cache.setMany(Object.fromEntries(keys.map((key) => [key, key])));
    for (const client of clients) expect(await client.dbsize()).toBeGreaterThan(0);
  });

  it('sends nothing to a node of a cluster whose certificate is of somebody else', async () => {
    const { ports, clients } = await startCluster(started, { tls: open, lastTls: elsewhere });
    const cache = await opened({ url: `rediss-cluster://127.0.0.1:${ports[0]}?${trusting}`, timeout: '20s' });
    const outcomes = await Promise.allSettled(keys.map((key) => cache.set(key, key)));
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'CONNECTION' });
    const sizes = await Promise.all(clients.map((client) => client.dbsize()));
    expect(sizes).toEqual([expect.any(Number), expect.any(Number), 0]);
    expect(sizes[0]! + sizes[1]!).toBe(keys.length - failures.length);
  });
});
