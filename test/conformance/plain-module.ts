/**
 * A module that speaks nothing but the Rust protocol over stdio, written from PROTOCOL.md alone. It goes through all a
 * Rust module does, and serves what it saw: `/log` is what came of each step, `/violations` what the Rust types would
 * have refused.
 */
import { createInterface } from 'node:readline';
import { fromOrchestrator, initLine, isObject, type Json, readTagged } from './plain-types.js';

const violations: string[] = [];
const log: Record<string, unknown> = {};
const waiting: { matches: (message: Json) => boolean; resolve: (message: Json) => void }[] = [];
let isInitialized = false;
let isRotating = false;

const write = (message: Json) => process.stdout.write(`${JSON.stringify(message)}\n`);
const next = (matches: (message: Json) => boolean) =>
  new Promise<Json>((resolve) => waiting.push({ matches, resolve }));

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  try {
    receive(line);
  } catch (error) {
    violations.push(`${error instanceof Error ? error.message : String(error)}: ${line.slice(0, 300)}`);
  }
});
lines.on('close', () => process.exit(0));

function receive(line: string): void {
  if (!isInitialized) return initialize(line);
  const message = readTagged(line, fromOrchestrator);
  // A Rust module waits for one more line, of whatever kind, after it acknowledged a rotation (DEFECTS R17).
  if (isRotating) {
    isRotating = false;
    log['after rotated'] = message.op;
  }
  const at = waiting.findIndex(({ matches }) => matches(message));
  if (at !== -1) return waiting.splice(at, 1)[0]!.resolve(message);
  handle(message);
}

function initialize(line: string): void {
  const init: unknown = JSON.parse(line);
  const problem = initLine(init, 'init');
  if (problem !== undefined || !isObject(init)) throw new Error(problem);
  isInitialized = true;
  log['init'] = { module_id: init['module_id'], security_level: init['security_level'] };
  void start(String(init['listen']));
}

function handle(message: Json & { op: string }): void {
  switch (message.op) {
    case 'http_request':
      return void respond(message);
    case 'rotated':
      log['rotated'] = message['keys'];
      isRotating = true;
      return void write({ op: 'rotation_ack', rotation_id: message['rotation_id'], status: 'success' });
    case 'shutdown':
      process.stderr.write('the plain module was told to shut down\n');
      process.exit(0);
      return;
    default:
      return;
  }
}

async function start(listen: string): Promise<void> {
  log['secret'] = await askSecret('API_KEY');
  log['unknown secret'] = await askSecret('NOBODY_HAS_IT');
  write({ op: 'announce', listen, endpoints: [{ path: '/log', methods: ['GET'] }] });
  log['database'] = await useDatabase();
  log['cache'] = await useCache();
  log['jwt'] = await useTokens();
  log['refused'] = await open('Database', { db_type: 'sqlite', database: 'default', name: 'secret-plans' });
  write({ op: 'port_request', request_id: 'p-1', specific_port: null });
  const port = await next(({ op, request_id: id }) => op === 'port_response' && id === 'p-1');
  log['port'] = { success: port['success'], isPort: typeof port['port'] === 'number' && port['port'] > 0 };
  write({ op: 'discover_service_providers', service_type: { Custom: 'ml' }, all_providers: null });
  log['discover'] = (await next(({ op }) => op === 'discover_service_providers_response'))['success'];
  log['done'] = true;
}

async function askSecret(name: string): Promise<unknown> {
  write({ op: 'get_secret', name });
  return (await next(({ op, name: answered }) => op === 'secret' && answered === name))['value'];
}

let requests = 0;
async function open(type: string, config: unknown): Promise<Json> {
  const id = `${type.toLowerCase()}_request_${++requests}`;
  write({ op: 'service_request', id, service_type: type, config });
  const { success, error, connection_id } = await next((message) => message['id'] === id);
  return { success, error, connection_id };
}

/** A result is known by the operation it echoes in `params`, and by nothing else (DEFECTS R8). */
async function operate(connection: unknown, type: string, operation: string, params: unknown): Promise<unknown> {
  write({ op: 'service_operation', connection_id: connection, service_type: type, operation, params });
  const answer = await next(({ op, params: echo }) => {
    if (op !== 'service_operation_result' || !isObject(echo)) return false;
    return (
      echo['connection_id'] === connection && echo['service_type'] === type && 'operation' in echo && 'params' in echo
    );
  });
  return answer['success'] === true ? answer['result'] : { error: answer['error'] };
}

async function useDatabase(): Promise<Json> {
  const { connection_id: connection } = await open('Database', { db_type: 'sqlite', database: ':memory:' });
  const call = (operation: string, params: unknown) => operate(connection, 'Database', operation, params);
  await call('execute', { query: 'CREATE TABLE t (id INTEGER, name TEXT, data BLOB)', params: [] });
  const affected = await call('execute', { query: 'INSERT INTO t VALUES (?, ?, ?)', params: [1, 'é', null] });
  await call('execute', { query: "INSERT INTO t VALUES (9007199254740993, NULL, x'00ff')", params: [] });
  const rows = await call('query', { query: 'SELECT * FROM t ORDER BY id LIMIT 1', params: [] });
  const big = await bigRowText(connection);
  const transaction = await call('begin_transaction', {});
  const inTransaction = { transaction_id: transaction, params: [] };
  await call('transaction_execute', { ...inTransaction, query: 'DELETE FROM t' });
  await call('transaction_rollback', { transaction_id: transaction });
  const count = await call('query_one', { query: 'SELECT count(*) AS n FROM t', params: [] });
  const none = await call('query_one', { query: 'SELECT * FROM t WHERE id = 5', params: [] });
  const bad = await call('query', { query: 'SELECT nonsense', params: [] });
  const ping = await call('ping', {});
  const isId = typeof transaction === 'string' && transaction !== '';
  return { affected, rows, big, isId, count, none, isError: isObject(bad) && typeof bad['error'] === 'string', ping };
}

/** The line itself, since JSON.parse would lose the last digit. */
function bigRowText(connection: unknown): Promise<string> {
  return new Promise((resolve) => {
    const look = (line: string) => {
      if (!line.includes('9007199254740993')) return;
      lines.off('line', look);
      resolve(/"id":\s*("?-?\d+"?)/.exec(line)?.[1] ?? 'not there');
    };
    lines.on('line', look);
    void operate(connection, 'Database', 'query_one', { query: 'SELECT id, data FROM t WHERE id > 5', params: [] });
  });
}

async function useCache(): Promise<Json> {
  const { connection_id: connection } = await open('Cache', null);
  const call = (operation: string, params: unknown) => operate(connection, 'Cache', operation, params);
  await call('set', { key: 'k', value: '//8=', ttl_seconds: 60 });
  const stats = await call('stats', {});
  return {
    get: await call('get', { key: 'k' }),
    missing: await call('get', { key: 'nobody' }),
    increment: await call('increment', { key: 'n', delta: -5 }),
    many: await call('get_many', { keys: ['k', 'nobody'] }),
    deleted: await call('delete', { key: 'k' }),
    hasMetrics: isObject(stats) && isObject(stats['additional_metrics']),
    closed: await call('close', {}),
  };
}

async function useTokens(): Promise<Json> {
  const { connection_id: connection } = await open('Jwt', { config: {} });
  const call = (operation: string, params: unknown) => operate(connection, 'Jwt', operation, params);
  const token = await call('generate', { claims: { sub: 'u-1', exp: 4_102_444_800, n: 5 } });
  const claims = await call('validate', { token });
  const parts = String(token).split('.').length;
  const bad = await call('validate', { token: `${String(token)}x` });
  const isError = isObject(bad) && typeof bad['error'] === 'string';
  const kept = isObject(claims) ? { sub: claims['sub'], exp: claims['exp'], n: claims['n'] } : claims;
  return { parts, claims: kept, isError, closed: await call('close', {}) };
}

/** As Rust does on stdout: not tagged, and the body always there. */
async function respond({ request_id: id, uri, body }: Json): Promise<void> {
  const parts: Readonly<Record<string, unknown>> = { '/log': log, '/violations': violations, '/echo': body };
  const text = JSON.stringify(parts[String(uri).split('?')[0]!] ?? null);
  write({
    content: {
      body: [...Buffer.from(text)],
      headers: { 'content-type': 'application/json' },
      request_id: id,
      status_code: 200,
    },
    metadata: {
      id: '6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00',
      source: process.env['PYWATT_MODULE_ID'] ?? 'unknown_module',
      properties: { correlation_id: id },
    },
  });
}
