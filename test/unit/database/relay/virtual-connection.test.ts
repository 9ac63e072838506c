import { duplexPair } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { frame } from '../../../../src/database/postgres/postgres-frames.js';
import { PostgresRelay } from '../../../../src/database/postgres/postgres-relay.js';
import { BackendPool } from '../../../../src/database/relay/backend-pool.js';
import type { Backend, RelayEngine } from '../../../../src/database/relay/relay-engine.js';
import { VirtualConnection } from '../../../../src/database/relay/virtual-connection.js';
import { Deferred } from '../../../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../../../src/logging/index.js';

const startup = Buffer.from('\0\0\0\x11\0\x03\0\0user\0me\0\0', 'latin1');
const ready = frame('Z', Buffer.from('I'));
const query = (sql: string) => frame('Q', Buffer.from(`${sql}\0`));

/** A connection of a driver, whose server is the other end of `server`. */
function connected() {
  const [socket, server] = duplexPair();
  const cancelled = new Deferred<void>();
  const backend: Backend = {
    parameters: {},
    socket,
    cancel: () => cancelled.promise,
    reset: () => Promise.resolve(),
    destroy: () => void socket.destroy(),
  };
  const engine: RelayEngine = {
    connect: () => Promise.resolve(backend),
    probe: () => Promise.resolve(),
    createRelay: (host) => new PostgresRelay(host, { name: 'main', settingsOf: () => [] }),
  };
  const common = { name: 'main', logger: createLogger({ level: 'error', redactor: new SecretRedactor() }) };
  const limits = { connections: 1, queueLength: 10, acquireTimeoutMs: 1_000 };
  const pool = new BackendPool({
    ...common,
    connect: () => Promise.resolve(backend),
    max: 1,
    idleTimeoutMs: 60_000,
    limitsOf: () => limits,
  });
  const connection = new VirtualConnection({
    ...common,
    owner: 'one',
    engine,
    pool,
    openPipe: () => ({ write: () => true, taken: () => undefined, end: () => undefined, abort: () => undefined }),
    cancel: () => false,
    onClose: () => undefined,
  });
  return { connection, server, cancelled, pool };
}

describe('a virtual connection', () => {
  it('sends nothing more while a request to cancel is on its way, which would hit it', async () => {
    const { connection, server, cancelled, pool } = connected();
    const arrived: string[] = [];
    const untilArrived = async (text: string) => {
      while (!arrived.join('').includes(text))
        arrived.push(String((await server.iterator({ destroyOnReturn: false }).next()).value));
    };
    connection.data(startup);
    await untilArrived('S');
    server.write(ready);
    await new Promise(setImmediate);
    connection.data(query('select 1'));
    await untilArrived('select 1');
    const cancelling = connection.cancelRunning();
    // It was through before the request came.
    server.write(ready);
    await new Promise(setImmediate);
    connection.data(query('select 2'));
    await new Promise(setImmediate);
    expect(server.read()).toBeNull();
    cancelled.resolve();
    await cancelling;
    await untilArrived('select 2');
    pool.close();
  });
});
