import { setImmediate } from 'node:timers/promises';
import { DatabaseBroker, openDatabase, ProxiedDatabase } from '../../src/database/index.js';
import { Deferred, PyWattError, WireError } from '../../src/foundation/index.js';
import {
  type Channel,
  ModulePeer,
  ModuleSession,
  type ServiceConnection,
  type ServiceType,
  type WireJson,
} from '../../src/wire/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';

/** Every kind of value JSON and the protocol know. */
const values: readonly WireJson[] = [
  null,
  true,
  -1.5,
  9_007_199_254_740_993n,
  -9_223_372_036_854_775_808n,
  'é😀\u0000"\\',
  [],
  { nested: [{ a: [1, null] }] },
];

const listen = '127.0.0.1:4102';

/** The module's half of the session that transcripts hold: everything a module asks, then all it is asked. */
export async function runModuleHalf(channel: Channel, version: number): Promise<void> {
  const session = await ModuleSession.open(channel, { logger: silentLogger });
  const stopped = new Deferred<void>();
  session.serve({
    http: ({ uri, body }) =>
      Promise.resolve({
        status_code: 200,
        headers: { 'content-type': 'application/octet-stream', 'set-cookie': 'b=2' },
        headers_multi: [
          ['content-type', 'application/octet-stream'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
        body: body ?? Buffer.from(uri),
      }),
    rotated: ({ keys }) => (keys.includes('BAD') ? Promise.reject(new Error('the hook said no')) : Promise.resolve()),
    routed: async ({ target_endpoint, params }, { signal }) => {
      if (target_endpoint === 'echo/wait') return untilAborted(signal);
      if (target_endpoint === 'echo/echo') return params ?? null;
      throw new PyWattError('service', 'BUSY', 'try again', { retryable: true, details: { waited: 5 } });
    },
    shutdown: () => stopped.resolve(),
    ended: () => stopped.resolve(),
  });
  await session.getSecret('API_KEY');
  await session.getSecret('NO_SUCH_SECRET');
  await useDatabase(session);
  await useService(session, version);
  await failing(session.openService('Cache', 'default'));
  await session.requestPort(null);
  session.announce(listen, [{ path: '/items', methods: ['GET', 'POST'] }]);
  await stopped.promise;
  await session.close();
}

async function useDatabase(session: ModuleSession): Promise<void> {
  const connection = await session.openService('Database', 'default');
  const database = new ProxiedDatabase('default', connection);
  await database.execute('CREATE TABLE t (a, b, c, d, e, f, g, h)');
  await database.execute('INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [
    null,
    true,
    9_007_199_254_740_993n,
    1.5,
    'é😀',
    Buffer.from([0, 255]),
    new Date(0),
    { json: [1] },
  ]);
  await database.query('SELECT * FROM t');
  await database.queryOne('SELECT * FROM t WHERE a = 1');
  await failing(database.query('SELECT nonsense'));
  await database.transaction((tx) => tx.execute('DELETE FROM t'));
  await database.close();
}

async function useService(session: ModuleSession, version: number): Promise<void> {
  const connection = await session.openService({ Custom: 'echo' }, 'default');
  for (const value of values) await connection.call('echo', value);
  await failing(connection.call('fail', null));
  if (version >= 2) await cancelCall(connection);
  await connection.close();
}

/** Aborted once the far end has had its turn, so that the call is under way. */
async function cancelCall(connection: ServiceConnection): Promise<void> {
  const controller = new AbortController();
  const call = failing(connection.call('wait', null, { signal: controller.signal, timeoutMs: 60_000 }));
  await connection.call('started', null);
  controller.abort(new Error('nobody waits any more'));
  await call;
}

/** The orchestrator's half of the same session. */
export async function runOrchestratorHalf(channel: Channel, version: number): Promise<void> {
  await using database = await openDatabase({ url: 'sqlite::memory:', name: 'default' });
  const broker = new DatabaseBroker(() => database, silentLogger);
  const ended = new Deferred<void>();
  const peer = new ModulePeer(channel, {
    moduleId: 'orders',
    logger: silentLogger,
    handlers: {
      getSecret: ({ name }) =>
        name === 'NO_SUCH_SECRET'
          ? Promise.reject(new PyWattError('secret', 'NOT_FOUND', 'there is no such secret'))
          : Promise.resolve({ value: 's3cret-é', version: '7' }),
      openService: (type, name, config, typedValues) =>
        type === 'Database'
          ? broker.open({ moduleId: 'orders', name, config, typedValues })
          : openService(type, typedValues),
      requestPort: () => Promise.resolve(4103),
      stray: () => undefined,
      ended: () => ended.resolve(),
    },
  });
  peer.start({ orchestrator_api: 'http://127.0.0.1:9900', module_id: 'orders', env: { GREETING: 'hello' }, listen });
  await peer.announced;
  peer.heartbeats.beat();
  await askModule(peer);
  if (version >= 5) await routeToModule(peer);
  peer.shutdown(1_000, 'the scenario is over');
  await ended.promise;
  await peer.close();
}

async function askModule(peer: ModulePeer): Promise<void> {
  const headers = { host: 'localhost', accept: 'b' };
  const headers_multi = [
    ['host', 'localhost'],
    ['accept', 'a'],
    ['accept', 'b'],
  ] as const;
  const patient = { timeoutMs: 60_000 };
  await peer.request({ method: 'GET', uri: '/items?q=%C3%A9', headers, headers_multi, body: null }, patient);
  const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  await peer.request({ method: 'POST', uri: '/items', headers, body }, patient);
  await peer.rotate({ keys: ['API_KEY'], rotation_id: 'r-1', reason: 'rotation', deadline_ms: 60_000 }, 60_000);
  if (peer.tellsStages) await peer.rotate({ keys: ['API_KEY'], rotation_id: 'r-1', reason: 'committed' }, 60_000);
  await failing(peer.rotate({ keys: ['BAD'], rotation_id: 'r-2' }, 60_000));
}

async function routeToModule(peer: ModulePeer): Promise<void> {
  const route = (operation: string, params: WireJson, signal?: AbortSignal) =>
    peer.route({ sourceModuleId: 'guests', service: 'echo', operation, params }, { timeoutMs: 60_000, signal });
  for (const value of values) await route('echo', value);
  await failing(route('fail', null));
  const controller = new AbortController();
  const call = failing(route('wait', null, controller.signal));
  await setImmediate();
  controller.abort(new Error('nobody waits any more'));
  await call;
}

function openService(type: ServiceType, typedValues: boolean): Promise<ServiceConnection> {
  if (typeof type !== 'object')
    return Promise.reject(
      new PyWattError('cache', 'ACCESS_DENIED', 'not granted', { details: { name: 'default', tries: [1, null] } }),
    );
  return Promise.resolve({
    info: { operations: ['echo', 'fail', 'wait', 'started'] },
    typedValues,
    close: () => Promise.resolve(),
    call: (operation, params, { signal } = {}) => {
      if (operation === 'wait') return untilAborted(signal);
      if (operation !== 'fail') return Promise.resolve(params);
      const busy = { retryable: true, details: { waited: 5, over: [true] } };
      return Promise.reject(new PyWattError('service', 'BUSY', 'try again', busy));
    },
  });
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
}

async function failing(call: Promise<unknown>): Promise<void> {
  const failed = await call.then(
    () => false,
    () => true,
  );
  // What the far end was told of it goes first.
  await setImmediate();
  if (!failed) throw new WireError('PEER_REFUSED', 'a call that fails in every transcript succeeded');
}
