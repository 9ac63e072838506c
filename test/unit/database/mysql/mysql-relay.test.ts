import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, boolean, constantFrom, oneof, record, tuple, uint8Array } from 'fast-check';
import { DatabaseError } from '../../../../src/database/index.js';
import { commandPacket, okPacket, packetOf } from '../../../../src/database/mysql/mysql-packets.js';
import { MysqlRelay } from '../../../../src/database/mysql/mysql-relay.js';
import { parseGreeting } from '../../../../src/database/mysql/mysql-handshake.js';
import { type RecordedName, recordedGreeting, recordedResponse } from './recorded-responses.js';

/** Writes down what a relay asks for; the test plays driver and backend with recorded bytes. */
class RecordingHost {
  toModuleBytes = Buffer.alloc(0);
  toBackendBytes = Buffer.alloc(0);
  readonly cancelled: string[] = [];
  closed: string | undefined | null = null;

  toModule(bytes: Uint8Array): void {
    this.toModuleBytes = Buffer.concat([this.toModuleBytes, bytes]);
  }
  toBackend(bytes: Uint8Array): void {
    this.toBackendBytes = Buffer.concat([this.toBackendBytes, bytes]);
  }
  cancel(key: string): boolean {
    this.cancelled.push(key);
    return key !== '404';
  }
  close(reason?: string): void {
    this.closed = reason;
  }
  /** What came since the last look. */
  takeModule(): Buffer {
    const taken = this.toModuleBytes;
    this.toModuleBytes = Buffer.alloc(0);
    return taken;
  }
  takeBackend(): Buffer {
    const taken = this.toBackendBytes;
    this.toBackendBytes = Buffer.alloc(0);
    return taken;
  }
}

const ping = commandPacket(0x0e);
const query = (sql: string): Buffer => commandPacket(0x03, sql);
const bytesOf = (name: RecordedName): Buffer => recordedResponse(name).bytes;
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const loginPacket = (): Buffer => {
  const payload = Buffer.alloc(34);
  payload.writeUInt32LE(0x200 | 0x20_00 | 0x80_00, 0);
  payload[8] = 45;
  return packetOf(1, payload);
};

async function started(): Promise<{ host: RecordingHost; relay: MysqlRelay }> {
  const greeting = { ...parseGreeting(recordedGreeting.subarray(4))!, sqlMode: '' };
  const host = new RecordingHost();
  const relay = new MysqlRelay(host, { name: 'main', database: 'test', greeting: async () => greeting });
  await turn();
  expect(parseGreeting(host.takeModule().subarray(4))?.version).toBe(greeting.version);
  return { host, relay };
}

async function loggedIn(): Promise<{ host: RecordingHost; relay: MysqlRelay }> {
  const { host, relay } = await started();
  relay.fromModule(loginPacket());
  expect(host.takeBackend()).toEqual(ping);
  relay.fromBackend(bytesOf('ping'));
  expect(host.takeModule()).toEqual(okPacket(2, 2));
  expect(relay.isIdle).toBe(true);
  return { host, relay };
}

describe('MysqlRelay', () => {
  it('answers the login once a backend answered, and not before', async () => {
    const { host, relay } = await started();
    for (const byte of loginPacket()) relay.fromModule(Uint8Array.of(byte));
    expect(host.takeModule()).toHaveLength(0);
    expect(relay.isIdle).toBe(false);
    for (const byte of bytesOf('ping')) relay.fromBackend(Uint8Array.of(byte));
    expect(host.takeModule()).toEqual(okPacket(2, 2));
  });

  it('refuses the login when no backend came', async () => {
    const { host, relay } = await started();
    relay.fromModule(loginPacket());
    relay.fail(new DatabaseError('CONNECTION', "cannot connect to db.internal as 'root'"));
    expect(host.takeModule().toString('latin1')).toContain('\x02\xff\x51\x04#08001the orchestrator could not connect');
    expect(host.closed).toContain('db.internal');
  });

  it.each([1, 3, 1000])('passes bytes unchanged both ways, in chunks of %d', async (size) => {
    const { host, relay } = await loggedIn();
    const pass = (bytes: Uint8Array, take: (part: Uint8Array) => void): void => {
      for (let from = 0; from < bytes.length; from += size) take(bytes.subarray(from, from + size));
    };
    for (const name of ['rows', 'several', 'called', 'empty'] as const) {
      pass(query('SELECT 1'), (part) => relay.fromModule(part));
      expect(host.takeBackend()).toEqual(query('SELECT 1'));
      pass(bytesOf(name).subarray(0, -1), (part) => relay.fromBackend(part));
      expect(relay.isIdle).toBe(false);
      relay.fromBackend(bytesOf(name).subarray(-1));
      expect(host.takeModule()).toEqual(bytesOf(name));
      expect(relay.isIdle).toBe(true);
    }
  });

  it('keeps the backend in a transaction and while statements are open', async () => {
    const { host, relay } = await loggedIn();
    relay.fromModule(query('START TRANSACTION'));
    relay.fromBackend(bytesOf('begun'));
    expect(relay).toMatchObject({ isIdle: false, inTransaction: true });
    relay.fromModule(query('COMMIT'));
    relay.fromBackend(bytesOf('committed'));
    expect(relay).toMatchObject({ isIdle: true, inTransaction: false });
    relay.fromModule(commandPacket(0x16, 'SELECT ? AS a, ? AS b'));
    relay.fromBackend(bytesOf('prepared'));
    expect(relay.isIdle).toBe(false);
    host.takeBackend();
    const close = packetOf(0, Buffer.concat([Uint8Array.of(0x19), bytesOf('prepared').subarray(5, 9)]));
    relay.fromModule(close);
    await turn();
    expect(host.takeBackend()).toEqual(Buffer.concat([close, ping]));
    relay.fromBackend(bytesOf('ping'));
    expect(relay.isIdle).toBe(true);
    relay.fromModule(close);
    expect(host.takeBackend()).toHaveLength(0);
  });

  it('asks for the state of the transaction after an error, without telling the driver', async () => {
    const { host, relay } = await loggedIn();
    relay.fromModule(query('SELEC'));
    host.takeBackend();
    relay.fromBackend(bytesOf('refused'));
    expect(host.takeModule()).toEqual(bytesOf('refused'));
    expect(host.takeBackend()).toEqual(ping);
    expect(relay.isIdle).toBe(false);
    relay.fromModule(query('SELECT 1'));
    relay.fromBackend(Buffer.concat([bytesOf('begun'), bytesOf('rows')]));
    expect(host.takeModule()).toEqual(bytesOf('rows'));
    expect(relay).toMatchObject({ isIdle: true });
  });

  it('answers refused commands itself, in their turn', async () => {
    const { host, relay } = await loggedIn();
    relay.fromModule(
      Buffer.concat([query('SELECT 1'), query('SET GLOBAL x = 1'), commandPacket(0x02, 'other'), query('SELECT 2')]),
    );
    await turn();
    expect(host.takeModule()).toHaveLength(0);
    expect(host.takeBackend()).toEqual(Buffer.concat([query('SELECT 1'), query('SELECT 2')]));
    relay.fromBackend(Buffer.concat([bytesOf('rows'), bytesOf('empty')]));
    const answered = host.takeModule();
    expect(answered.subarray(0, bytesOf('rows').length)).toEqual(bytesOf('rows'));
    const text = answered.subarray(bytesOf('rows').length).toString('latin1');
    expect(text).toMatch(/SET GLOBAL is refused.*COM_INIT_DB is refused/s);
    expect(answered.subarray(-bytesOf('empty').length)).toEqual(bytesOf('empty'));
  });

  it('hands KILL QUERY to the host', async () => {
    const { host, relay } = await loggedIn();
    relay.fromModule(query('KILL QUERY 42'));
    await turn();
    expect(host.cancelled).toEqual(['42']);
    expect(host.takeModule()).toEqual(okPacket(1, 2));
    relay.fromModule(query('KILL QUERY 404'));
    await turn();
    expect(host.takeModule().toString('latin1')).toContain('\xff\x46\x04#HY000Unknown thread id: 404');
    expect(host.takeBackend()).toHaveLength(0);
  });

  it('ends with COM_QUIT, which the backend never sees', async () => {
    const { host, relay } = await loggedIn();
    relay.fromModule(commandPacket(0x01));
    expect(host.closed).toBeUndefined();
    expect(host.takeBackend()).toHaveLength(0);
  });

  it('fails the statement when no backend came in time, and loses the connection when one was lost', async () => {
    const { host, relay } = await loggedIn();
    relay.fromModule(query('SELECT 1'));
    relay.fail(new DatabaseError('POOL', 'no connection within 5 s'));
    await turn();
    expect(host.takeModule().toString('latin1')).toContain('\x01\xff\x10\x04#08004no connection within 5 s');
    expect(host.closed).toBeNull();
    relay.fromModule(query('SELECT 1'));
    relay.fromBackend(bytesOf('rows').subarray(0, 50));
    relay.fail(new DatabaseError('CONNECTION', 'the server closed the connection'));
    expect(host.closed).toBe('the server closed the connection');
  });

  it('does not mind the loss of a backend it has nothing on', async () => {
    const { host, relay } = await loggedIn();
    relay.fail(new DatabaseError('CONNECTION', 'lost'));
    expect(host.closed).toBeNull();
    expect(relay.isIdle).toBe(true);
  });

  it('closes at garbage from either side', async () => {
    const fromDriver = await loggedIn();
    fromDriver.relay.fromModule(packetOf(5, Buffer.from('garbage')));
    expect(fromDriver.host.closed).toContain('no command of the protocol');
    const fromServer = await loggedIn();
    fromServer.relay.fromModule(query('SELECT 1'));
    fromServer.relay.fromBackend(packetOf(1, Buffer.from('fb2f6574632f706173737764', 'hex')));
    expect(fromServer.host.closed).toContain('no command was answered with');
    expect(fromServer.host.takeModule()).toHaveLength(0);
  });

  it('survives any bytes from either side', async () => {
    const command = constantFrom(0x03, 0x16, 0x17, 0x18, 0x19, 0x1c, 0x1f, 0x00, 0xff, 0xfe, 0xfb);
    const payload = tuple(command, uint8Array({ maxLength: 12 })).map(([first, rest]) => Uint8Array.of(first, ...rest));
    const bytes = oneof(uint8Array({ maxLength: 60 }), payload);
    const step = record({ isDriver: boolean(), bytes, framed: boolean() });
    await assert(
      asyncProperty(array(step, { maxLength: 20 }), async (steps) => {
        const { host, relay } = await loggedIn();
        for (const { isDriver, bytes, framed } of steps) {
          const sent = framed ? packetOf(isDriver ? 0 : 1, bytes) : bytes;
          if (isDriver) relay.fromModule(sent);
          else relay.fromBackend(sent);
        }
        await turn();
        relay.fail(new DatabaseError('CONNECTION', 'lost'));
        // Nothing is left that the driver would wait for.
        expect(host.closed !== null || !relay.isRunning).toBe(true);
      }),
    );
  });
});
