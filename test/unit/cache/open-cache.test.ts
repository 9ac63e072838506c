import { describe, expect, it } from '@jest/globals';
import { type CacheOptions, openCache } from '../../../src/cache/index.js';
import { tlsFile } from '../../support/tls-file.js';

const secret = { secret: 'CACHE_PASSWORD', current: async () => 'hunter2' };

const opened = async (options: Omit<CacheOptions, 'name'>) => {
  await using cache = await openCache({ name: 'sessions', ...options });
  return cache.description;
};

describe('openCache', () => {
  it.each([
    [{ url: 'memory:' }, 'memory (s3-fifo, 10mb)'],
    [{ url: 'memory:?policy=none&entries=100' }, 'memory (none, 10mb, 100 entries)'],
    [{ url: 'memory:?policy=lru&max=2mb&ttl=5m' }, 'memory (lru, 2mb, ttl 300s)'],
    [{ url: 'MEMORY:', policy: 'lru', max: 4096, defaultTtl: { seconds: 1 } }, 'memory (lru, 4kb, ttl 1s)'],
    [{ url: 'memory:?max=512kb', defaultTtl: '250ms' }, 'memory (s3-fifo, 512kb, ttl 0.25s)'],
    [{ url: 'memory:?ttl=1m&sliding=true' }, 'memory (s3-fifo, 10mb, ttl 60s, sliding)'],
    [{ url: 'memory:', sliding: false }, 'memory (s3-fifo, 10mb)'],
    [{ url: 'redis://user:hunter2@host' }, 'redis://host:6379/0'],
    [{ url: 'rediss://[::1]:7000/3?prefix=' }, 'rediss://[::1]:7000/3'],
    [{ url: 'redis-cluster://one,two:7001' }, 'redis-cluster://one:6379,two:7001/0'],
    [{ url: 'memcached://user:hunter2@one,[::1]:11212?prefix=&sliding=true' }, 'memcached://one:11211,[::1]:11212'],
    [{ url: 'memcached://', onFailure: 'fail-open' }, 'memcached://localhost:11211 (fail-open)'],
    [{ url: 'redis-sentinel://one,two/2?master=main' }, 'redis-sentinel://one:26379,two:26379/main'],
  ] as const)('opens %j as %s', async (options, description) => {
    expect(await opened(options)).toBe(description);
  });

  it.each([
    [
      { url: 'memory:?polcy=lru' },
      "unknown parameter 'polcy' (did you mean 'policy'?); there are policy, max, entries, ttl",
    ],
    [
      { url: 'memory:', policy: 'lur' },
      "no policy 'lur' (did you mean 'lru'?); this version has s3-fifo, lru, lfu, fifo, mru, none",
    ],
    [{ url: 'memory:?entries=0' }, "maxEntries is '0'; write a whole number above 0"],
    [{ url: 'memory:', policy: 'toString' }, "no policy 'toString'"],
    [{ url: 'memory:?max=1mb', max: '2mb' }, 'max is given twice'],
    [{ url: 'memory:?ttl=1m&ttl=2m' }, 'defaultTtl is given twice'],
    [{ url: 'memory:?max=big' }, 'max "big" is not a size'],
    [{ url: 'memory:?max=100b' }, 'max is 100 bytes, but every entry takes 432'],
    [{ url: 'memory:?sliding=yes' }, "sliding is 'yes'; write true or false"],
    [{ url: 'memory:?ttl=soon' }, 'defaultTtl "soon" is not a duration'],
    [{ url: 'memory:?ttl=0s' }, 'defaultTtl is 0'],
    [{ url: 'memory://host' }, 'a memory cache has no address'],
    [{ url: 'file:?max=1mb' }, "names no directory; write 'file:./directory'"],
    [{ url: 'memcached://host?max=1mb' }, "unknown parameter 'max'"],
    [{ url: 'memcached://host', policy: 'lru' }, "a memcached cache has no setting 'policy'"],
    [{ url: 'memcached://host/0' }, 'the url cannot be read; write memcached://host:11211'],
    [{ url: 'memcached://host:port' }, 'a host that cannot be read; write host:11211'],
    [{ url: 'memcached://one,two:11211,one:11211' }, 'the url names one:11211 twice'],
    [{ url: 'memcached://user@host' }, 'a user but there is no password'],
    [{ url: 'memcached://host', password: secret }, 'a password but no user; write memcached://user@host'],
    [{ url: 'memcached://user:hunter2@host', password: secret }, 'the password stands in the url, too'],
    [{ url: 'memcached://:hunter2@host' }, 'a password but no user; write memcached://user@host'],
    [{ url: 'memcached://host', onFailure: 'open' }, "onFailure is 'open'; write fail-open or fail-closed"],
    [{ url: 'memcached://host?sliding=yes' }, "sliding is 'yes'; write true or false"],
    [{ url: 'memory:', timeout: '1s' }, "a memory cache has no setting 'timeout'"],
    [{ url: 'memory:', password: secret }, 'a memory cache has no password'],
    [{ url: 'redis://user:hunter2@host:port' }, 'a host that cannot be read; write host:6379'],
    [{ url: 'redis://user:hunter2@host/people' }, 'a database that is no number'],
    [{ url: 'redis://user:hunter2@host/0/1' }, 'the url cannot be read; write redis://user@host:6379/0'],
    [{ url: 'redis://user:hunter2%zz@host' }, 'not percent-encoded'],
    [{ url: 'redis://user:hunter2@one,two' }, 'names 2 hosts; write redis-cluster: or redis-sentinel:'],
    [{ url: 'redis://user:hunter2@host', password: secret }, 'the password stands in the url, too'],
    [{ url: 'redis://host?max=1mb' }, "unknown parameter 'max'"],
    [{ url: 'redis://host', max: '1mb' }, "a Redis cache has no setting 'max'"],
    [{ url: 'redis://host?timeout=0s' }, 'timeout is 0'],
    [{ url: 'redis://host', onFailure: 'open' }, "onFailure is 'open'; write fail-open or fail-closed"],
    [{ url: 'redis://host?ca=ca.pem' }, "ca is for TLS; write the url with 'rediss:'"],
    [{ url: 'rediss://host?ca=/nowhere/ca.pem' }, 'its ca cannot be read'],
    [{ url: `rediss://host?ca=${tlsFile('make-certificates.sh')}` }, 'its ca cannot be used'],
    [{ url: 'redis://host', sentinelPassword: secret }, 'sentinelPassword is for sentinels'],
    [{ url: 'memory:', sentinelPassword: secret }, 'sentinelPassword is for sentinels'],
    [{ url: 'redis-sentinel://host?master=m&sentinelUser=s' }, 'sentinelUser has no password'],
    [{ url: 'redis://host?sentinelUser=s' }, 'sentinelUser has no password'],
    [{ url: 'redis-sentinel://host?master=m&sentinelPassword=hunter2' }, 'name its secret as sentinelPassword'],
    [{ url: 'redis://host?cert=module.pem&key=module.key' }, "cert, key is for TLS; write the url with 'rediss:'"],
    [{ url: 'rediss://host?cert=module.pem' }, 'cert and key go together'],
    [{ url: 'rediss://host?key=module.key' }, 'cert and key go together'],
    [{ url: `rediss://host?cert=${tlsFile('module.pem')}&key=/nowhere/module.key` }, 'its key cannot be read'],
    [
      { url: `rediss://host?cert=${tlsFile('module.pem')}&key=${tlsFile('foreign-module.key')}` },
      'its cert, key cannot be used',
    ],
    [
      { url: `rediss://host?cert=${tlsFile('make-certificates.sh')}&key=${tlsFile('module.key')}` },
      'its cert, key cannot be used',
    ],
    [{ url: 'redis-cluster://one,two/3' }, 'a cluster has no database but 0'],
    [{ url: 'redis-sentinel://one,two' }, 'add ?master=NAME'],
    [{ url: 'redis://one?master=m' }, 'master is for sentinels'],
    [{ url: 'memry:' }, "'memry:' (did you mean 'memory'?)"],
    [{ url: 'hunter2' }, 'the url names no kind of cache'],
  ])('refuses %j and says what to write', async (options, message) => {
    const failure = await opened(options).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'CacheError',
      code: 'CONFIGURATION',
      message: expect.stringContaining(message),
    });
    expect((failure as Error).message).toContain("cache 'sessions'");
    expect((failure as Error).message).not.toContain('hunter2');
  });

  it('gives entries the default ttl of the url', async () => {
    await using cache = await openCache({ name: 'c', url: 'memory:?ttl=1ms' });
    await cache.set('short', 1);
    await cache.set('long', 1, { ttl: '1h' });
    while (await cache.exists('short')) await new Promise(setImmediate);
    expect(await cache.exists('long')).toBe(true);
  });
});
