import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../../../src/orchestrator/config/parse-config.js';
import { configProblemsOf, minimalConfig } from '../../../support/config-problems.js';

describe('parseConfig', () => {
  it('fills in every default of a minimalConfig configuration', () => {
    const config = parseConfig(minimalConfig, '/app');
    expect(config).toMatchObject({
      stateDirectory: '/app/.pywatt',
      secrets: [{ kind: 'env', prefix: 'PYWATT_SECRET_' }],
      ports: { first: 8000, last: 9000 },
      gateway: { listen: { host: '127.0.0.1', port: 9900 }, requestTimeoutMs: 30_000, maxBodyBytes: 10 * 1024 ** 2 },
      wire: { maxLineBytes: 64 * 1024 ** 2, streamWindowBytes: 1024 ** 2, maxStreams: 1_000, streamIdleMs: 30_000 },
      heartbeat: { intervalMs: 5_000, missed: 3, slowMs: 1_000 },
    });
    expect(config.modules.get('orders')).toEqual({
      id: 'orders',
      command: ['node', 'main.js'],
      cwd: '/app',
      moduleFile: undefined,
      databases: new Map(),
      caches: new Map(),
      services: new Map(),
      serves: new Set(),
      secrets: new Set(),
      jwt: undefined,
      env: {},
      channels: new Map(),
      tls: undefined,
      restart: 'on-failure',
      shutdownGraceMs: 10_000,
      announceTimeoutMs: 30_000,
      quirks: new Set(),
    });
  });

  it('understands the whole file of the manual', () => {
    const config = parseConfig(
      {
        modules: {
          orders: {
            command: 'node dist/main.js',
            cwd: 'orders',
            module: 'dist/orders.module.js',
            databases: ['default'],
            caches: { default: 'proxied', local: 'direct' },
            secrets: ['STRIPE_KEY'],
            env: { LOG_LEVEL: 'debug', WORKERS: 2 },
            restart: 'always',
            shutdownGrace: '2s',
            announceTimeout: '500ms',
          },
        },
        databases: { default: { url: 'sqlite:./.pywatt/orders.db' } },
        caches: { default: { url: 'memory:', policy: 'lru', max: '10mb', defaultTtl: '5m', sliding: true } },
        secrets: [{ file: './secrets' }, { env: 'PYWATT_SECRET_' }],
        ports: { range: '8100-8200' },
        gateway: { listen: '127.0.0.1:0', requestTimeout: '5s', maxBody: '1mb' },
        heartbeat: { interval: '2s', missed: 5, slow: '250ms' },
        state: 'run',
      },
      '/app',
    );
    expect(config.modules.get('orders')).toMatchObject({
      cwd: '/app/orders',
      moduleFile: '/app/orders/dist/orders.module.js',
      databases: new Map([['default', 'proxied']]),
      caches: new Map([
        ['default', 'proxied'],
        ['local', 'direct'],
      ]),
      env: { LOG_LEVEL: 'debug', WORKERS: '2' },
      shutdownGraceMs: 2000,
      announceTimeoutMs: 500,
    });
    expect(config.caches.get('default')).toMatchObject({ policy: 'lru', sliding: true });
    expect(config.databases.get('default')).toMatchObject({ url: 'sqlite:/app/.pywatt/orders.db', pool: { max: 8 } });
    expect(config.secrets).toEqual([
      { kind: 'file', directory: '/app/secrets' },
      { kind: 'env', prefix: 'PYWATT_SECRET_' },
    ]);
    expect(config.gateway).toEqual({
      listen: { host: '127.0.0.1', port: 0 },
      requestTimeoutMs: 5000,
      maxBodyBytes: 1024 ** 2,
    });
    expect(config.heartbeat).toEqual({ intervalMs: 2_000, missed: 5, slowMs: 250 });
    expect(config.stateDirectory).toBe('/app/run');
  });

  it('reports five mistakes at once, each with its path', () => {
    expect(
      configProblemsOf({
        modules: {
          orders: {
            comand: 'node main.js',
            command: 'node main.js',
            databases: ['defualt'],
            announceTimeout: '5 parsecs',
          },
          Billing: { command: 'node billing.js' },
        },
        databases: { default: { url: 'sqlite::memory:' } },
        ports: { range: '9000-8000' },
      }),
    ).toEqual([
      "modules.orders.comand: is not a key here (did you mean 'command'?)",
      "modules.orders.announceTimeout: \"5 parsecs\" is not a duration: write '250ms', '5s', '10m', '1h', '2d' or { seconds: 3 }",
      'modules.Billing: is not a name: use a-z, 0-9 and -, and begin with a letter',
      'ports.range: "9000-8000" is not a range of ports: write lowest-highest, such as \'8000-9000\'',
      "modules.orders.databases: 'defualt' is not configured (did you mean 'default'?)",
    ]);
  });

  it('names the nearest database when a module lists one that is not configured', () => {
    const modules = { orders: { command: 'node main.js', databases: ['defualt'] } };
    expect(configProblemsOf({ modules, databases: { default: { url: 'sqlite::memory:' } } })).toEqual([
      "modules.orders.databases: 'defualt' is not configured (did you mean 'default'?)",
    ]);
  });

  it('says how to add a cache when there is none', () => {
    expect(configProblemsOf({ modules: { orders: { command: 'node main.js', caches: ['default'] } } })).toEqual([
      "modules.orders.caches: 'default' is not configured: add caches: { default: { url: 'memory:' } }",
    ]);
  });

  it('lets a module open a direct database that the orchestrator does not have', () => {
    expect(
      configProblemsOf({ modules: { orders: { command: 'node main.js', databases: { local: 'direct' } } } }),
    ).toEqual([]);
  });

  it.each([
    [
      'nothing',
      null,
      ': must be a mapping with the keys modules, databases, caches, jwt, secrets, ports, gateway, channels, wire, heartbeat, state',
    ],
    ['no modules', {}, "modules: is missing: name at least one, such as { orders: { command: 'node main.js' } }"],
    ['an empty list of modules', { modules: {} }, 'modules: is empty: name at least one module'],
    [
      'a module that is text',
      { modules: { a: 'node' } },
      'modules.a: must be a mapping with the keys command, cwd, module, databases, caches, services, serves, secrets, jwt, env, channels, tls, restart, reattach, shutdownGrace, announceTimeout, kind, quirks',
    ],
    [
      'a module without a command',
      { modules: { a: {} } },
      "modules.a.command: is missing: write what starts it, such as 'node dist/main.js'",
    ],
    [
      'an open quote',
      { modules: { a: { command: 'node "main.js' } } },
      'modules.a.command: a quote (") is never closed',
    ],
    [
      'an empty argv',
      { modules: { a: { command: [] } } },
      "modules.a.command: must be a line such as 'node dist/main.js', or a list of the program and its arguments",
    ],
    [
      'a restart policy that does not exist',
      { modules: { a: { command: 'x', restart: 'often' } } },
      'modules.a.restart: must be always, on-failure, never',
    ],
    [
      'a deadline of nothing',
      { modules: { a: { command: 'x', announceTimeout: '0s' } } },
      'modules.a.announceTimeout: "0s" is too short: at least 1ms',
    ],
    [
      'a number for a duration',
      { modules: { a: { command: 'x', shutdownGrace: 5 } } },
      "modules.a.shutdownGrace: 5 is not a duration: write '250ms', '5s', '10m' or '1h'",
    ],
    [
      'a nested variable',
      { modules: { a: { command: 'x', env: { A: {} } } } },
      'modules.a.env: A must be text, a number, true or false',
    ],
    [
      'the variable that is ours',
      { modules: { a: { command: 'x', env: { PYWATT_MODULE_ID: 'b' } } } },
      'modules.a.env: PYWATT_MODULE_ID is set by the orchestrator: remove it',
    ],
    [
      'a grant of an unknown kind',
      { modules: { a: { command: 'x', caches: { default: 'shared' } } } },
      'modules.a.caches: default must be proxied or direct, not "shared"',
    ],
    [
      'a secret listed twice',
      { modules: { a: { command: 'x', secrets: ['K', 'K'] } } },
      "modules.a.secrets: lists 'K' twice",
    ],
    [
      'a database of an engine that does not exist',
      { ...minimalConfig, databases: { main: { url: 'oracle://app:hunter2@host/db' } } },
      "databases.main.url: database 'main': there is no engine for oracle: URLs",
    ],
    [
      'a cache that cannot be meant',
      { ...minimalConfig, caches: { first: { url: 'memory:', policy: 'newest' } } },
      "caches.first: cache 'first': there is no policy 'newest'",
    ],
    ['a database without a URL', { ...minimalConfig, databases: { default: {} } }, 'databases.default.url: is missing'],
    [
      'a flag that is none',
      { ...minimalConfig, caches: { default: { url: 'memory:', sliding: 'yes' } } },
      'caches.default.sliding: must be true or false',
    ],
    [
      'a size that is none',
      { ...minimalConfig, caches: { default: { url: 'memory:', max: 'huge' } } },
      'caches.default.max: "huge" is not a size',
    ],
    [
      'secrets that are no list',
      { ...minimalConfig, secrets: { file: 'x' } },
      'secrets: must be a list, such as [{ file: ./secrets }, { env: PYWATT_SECRET_ }]',
    ],
    [
      'a source of two kinds',
      { ...minimalConfig, secrets: [{ file: 'x', env: 'Y' }] },
      'secrets[0]: must have exactly one of the keys file, env, dotenv, store, memory',
    ],
    [
      'an address without a port',
      { ...minimalConfig, gateway: { listen: 'localhost' } },
      'gateway.listen: "localhost" is not a listen address: write host:port, such as \'127.0.0.1:9900\'',
    ],
    [
      'a port above 65535',
      { ...minimalConfig, gateway: { listen: '127.0.0.1:70000' } },
      'gateway.listen: "127.0.0.1:70000" is not a listen address',
    ],
    [
      'heartbeats that never come',
      { ...minimalConfig, heartbeat: { interval: '0s' } },
      'heartbeat.interval: "0s" is too short: at least 1ms',
    ],
    [
      'heartbeats of which none may be sent',
      { ...minimalConfig, heartbeat: { missed: 0 } },
      'heartbeat.missed: must be a whole number from 1 to 1000',
    ],
    ['an unknown section', { ...minimalConfig, gatway: {} }, "gatway: is not a key here (did you mean 'gateway'?)"],
  ])('refuses %s', (_what, value, problem) => {
    expect(configProblemsOf(value)).toEqual([expect.stringContaining(problem)]);
  });
});
