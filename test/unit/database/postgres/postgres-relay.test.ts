import { beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseError } from '../../../../src/database/index.js';
import { frame, sync } from '../../../../src/database/postgres/postgres-frames.js';
import { PostgresRelay } from '../../../../src/database/postgres/postgres-relay.js';
import type { RelayHost, SessionParameters } from '../../../../src/database/relay/relay-engine.js';

/** What a relay does, written down. */
class Recorder implements RelayHost {
  readonly module: Buffer[] = [];
  readonly backend: Buffer[] = [];
  readonly cancelled: string[] = [];
  parameters: SessionParameters | undefined;
  isClosed = false;

  toModule(bytes: Uint8Array): void {
    this.module.push(Buffer.from(bytes));
  }

  toBackend(bytes: Uint8Array, parameters: SessionParameters): void {
    this.backend.push(Buffer.from(bytes));
    this.parameters = parameters;
  }

  cancel(key: string): boolean {
    this.cancelled.push(key);
    return true;
  }

  close(): void {
    this.isClosed = true;
  }

  /** The types of the frames for the module since the last look; of an error its SQLSTATE. */
  answers(): string[] {
    const bytes = Buffer.concat(this.module.splice(0));
    const types: string[] = [];
    for (let at = 0; at < bytes.byteLength; at += 1 + bytes.readInt32BE(at + 1)) {
      const type = String.fromCharCode(bytes[at]!);
      const body = bytes.toString('utf8', at + 5, at + 1 + bytes.readInt32BE(at + 1));
      types.push(type === 'E' ? `E${/\0C(\w{5})/.exec(body)?.[1]}` : type);
    }
    return types;
  }

  sent(): Buffer {
    return Buffer.concat(this.backend.splice(0));
  }
}

const startup = (parameters: Record<string, string>, code = 0x0003_0000): Buffer => {
  const body = Buffer.from(`${Object.entries(parameters).flat().join('\0')}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.byteLength, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, body]);
};
const query = (sql: string) => frame('Q', Buffer.from(`${sql}\0`));
const parse = (sql: string, name = '') => frame('P', Buffer.from(`${name}\0${sql}\0\0\0`));
const ready = (status: string) => frame('Z', Buffer.from(status));
const extended = (sql: string, name = '') =>
  Buffer.concat([
    parse(sql, name),
    frame('B', Buffer.alloc(12)),
    frame('D', Buffer.from('P\0')),
    frame('E', Buffer.alloc(5)),
  ]);

describe('one connection that speaks PostgreSQL', () => {
  let host: Recorder;
  let relay: PostgresRelay;
  beforeEach(() => {
    host = new Recorder();
    relay = new PostgresRelay(host, { name: 'main', settingsOf: () => [['server_version', '15.1']] });
  });
  const login = () => {
    relay.fromModule(startup({ user: 'whoever', database: 'any', client_encoding: 'UTF8' }));
    relay.fromBackend(ready('I'));
    host.answers();
    host.sent();
  };

  it('answers the login itself as soon as a backend answers', () => {
    relay.fromModule(startup({ user: 'whoever', application_name: 'orders' }));
    expect(host.parameters).toEqual({ application_name: 'orders' });
    expect(host.sent()).toEqual(sync);
    expect(host.answers()).toEqual([]);
    relay.fromBackend(ready('I'));
    expect(host.answers()).toEqual(['R', 'S', 'K', 'Z']);
    expect(relay.isIdle).toBe(true);
  });

  it('takes the login byte by byte, after a request for TLS that it declines', () => {
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]), startup({ user: 'whoever' })]);
    for (const byte of bytes) relay.fromModule(Buffer.from([byte]));
    expect(Buffer.concat(host.module.splice(0)).toString()).toBe('N');
    relay.fromBackend(ready('I'));
    expect(host.answers()).toEqual(['R', 'S', 'K', 'Z']);
  });

  it.each([
    [{ user: 'x', replication: 'database' }, 'E08004'],
    [{ user: 'x', options: '-c role=admin' }, 'E42501'],
    [{ user: 'x', options: '--session-authorization=admin' }, 'E42501'],
  ])('refuses the login %o', (parameters, error) => {
    relay.fromModule(startup(parameters));
    expect(host.answers()).toEqual([error]);
    expect(host.isClosed).toBe(true);
  });

  it.each([
    ['a length that cannot be', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0])],
    ['another protocol', startup({}, 0x0002_0000)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('ends a connection that begins with %s', (_what, bytes) => {
    relay.fromModule(bytes);
    expect(host.answers()).toEqual(['E08P01']);
    expect(host.isClosed).toBe(true);
  });

  it('hands on a request to cancel by its key', () => {
    const request = Buffer.alloc(16);
    [16, 80_877_102, 4711, Number(relay.cancelKey)].forEach((word, at) => request.writeInt32BE(word, at * 4));
    const other = new Recorder();
    new PostgresRelay(other, { name: 'main', settingsOf: () => [] }).fromModule(request);
    expect(other.cancelled).toEqual([relay.cancelKey]);
    expect(other.isClosed).toBe(true);
  });

  it('says which process answers, at login and when that changes', () => {
    const keys = () => {
      const bytes = Buffer.concat(host.module.splice(0));
      const at = bytes.indexOf(Buffer.from('K\0\0\0\f'));
      return at < 0 ? undefined : [bytes.readInt32BE(at + 5), String(bytes.readInt32BE(at + 9))];
    };
    relay.fromModule(startup({ user: 'whoever' }));
    relay.attached(true, { processId: 71 });
    expect(keys()).toBeUndefined();
    relay.fromBackend(ready('I'));
    expect(keys()).toEqual([71, relay.cancelKey]);
    relay.attached(false, { processId: 71 });
    expect(host.module).toEqual([]);
    relay.attached(false, { processId: 72 });
    expect(keys()).toEqual([72, relay.cancelKey]);
  });

  it('keeps the session of whoever asks for the last value of a sequence, and refuses where another had it', () => {
    login();
    const ask = (sql: string) => {
      relay.fromModule(query(sql));
      if (host.sent().byteLength > 0) relay.fromBackend(ready('I'));
      return host.answers();
    };
    ask("insert into t values ('mine')");
    relay.detached();
    expect(ask('select lastval()')).toEqual(['E55000', 'Z']);
    expect(relay.isIdle).toBe(false);
    ask('discard all');
    relay.detached();
    expect(ask('insert into t values (2)')).toEqual(['Z']);
    expect(relay.isIdle).toBe(true);
    expect(ask("select currval('t_id_seq')")).toEqual(['Z']);
    expect(relay.isIdle).toBe(false);
  });

  it('passes every allowed frame, whole and byte by byte', () => {
    login();
    const bytes = Buffer.concat([
      query('select 1'),
      extended('select $1'),
      frame('H', Buffer.alloc(0)),
      frame('C', Buffer.from('P\0')),
      sync,
      frame('d', Buffer.from('row')),
      frame('c', Buffer.alloc(0)),
      frame('f', Buffer.from('no\0')),
    ]);
    relay.fromModule(bytes);
    expect(host.sent()).toEqual(bytes);
    for (const byte of bytes) relay.fromModule(Buffer.from([byte]));
    expect(host.sent()).toEqual(bytes);
  });

  it.each(['F', 'p', 'x', '\0', 'Z'])('refuses a frame of the type %j', (type) => {
    login();
    relay.fromModule(frame(type, Buffer.alloc(4)));
    expect(host.answers()).toEqual(['E08P01']);
    expect(host.sent()).toEqual(Buffer.alloc(0));
    expect(host.isClosed).toBe(true);
    relay.fromModule(query('select 1'));
    expect(host.sent()).toEqual(Buffer.alloc(0));
  });

  it('swallows the goodbye of a driver', () => {
    login();
    relay.fromModule(frame('X', Buffer.alloc(0)));
    expect(host.sent()).toEqual(Buffer.alloc(0));
    expect(host.isClosed).toBe(true);
  });

  it('is idle only when everything is answered and no transaction is open', () => {
    login();
    relay.fromModule(query('begin'));
    expect([relay.isIdle, relay.isRunning]).toEqual([false, true]);
    relay.fromBackend(ready('T'));
    expect([relay.isIdle, relay.inTransaction, relay.isRunning]).toEqual([false, true, false]);
    relay.fromModule(query('commit'));
    relay.fromBackend(frame('E', Buffer.from('SERROR\0\0')));
    expect(relay.isIdle).toBe(false);
    relay.fromBackend(ready('I').subarray(0, 4));
    expect(relay.isIdle).toBe(false);
    relay.fromBackend(ready('I').subarray(4));
    expect([relay.isIdle, relay.inTransaction]).toEqual([true, false]);
  });

  it('is not idle with half a message, nor before a Sync', () => {
    login();
    relay.fromModule(query('select 1').subarray(0, 7));
    expect(relay.isIdle).toBe(false);
    expect(host.sent()).toEqual(Buffer.alloc(0));
    relay.fromModule(query('select 1').subarray(7));
    relay.fromBackend(ready('I'));
    expect(relay.isIdle).toBe(true);
    relay.fromModule(extended('select 1'));
    expect(relay.isIdle).toBe(false);
    relay.fromModule(sync);
    relay.fromBackend(ready('I'));
    expect(relay.isIdle).toBe(true);
  });

  it('keeps its backend once something stays in the session', () => {
    login();
    relay.fromModule(Buffer.concat([extended('select 1', 'named'), sync]));
    relay.fromBackend(ready('I'));
    expect(relay.isIdle).toBe(false);
    relay.fromModule(query('discard all'));
    relay.fromBackend(ready('I'));
    expect(relay.isIdle).toBe(true);
  });

  it('answers a refused statement itself and goes on', () => {
    login();
    relay.fromModule(query('set role admin'));
    expect(host.answers()).toEqual(['E42501', 'Z']);
    relay.fromModule(Buffer.concat([extended('set role admin'), sync]));
    expect(host.answers()).toEqual(['E42501', 'Z']);
    expect(host.sent()).toEqual(Buffer.alloc(0));
    expect(relay).toMatchObject({ isIdle: true, isRunning: false });
    relay.fromModule(query('select 1'));
    expect(host.sent()).toEqual(query('select 1'));
    expect(host.isClosed).toBe(false);
  });

  it('ends the connection when a refusal would come between answers', () => {
    login();
    relay.fromModule(Buffer.concat([query('select 1'), query('set role admin')]));
    expect(host.answers()).toEqual(['E42501']);
    expect(host.isClosed).toBe(true);
  });

  it('answers what waits when no backend comes, and goes on', () => {
    login();
    const error = new DatabaseError('POOL', "database 'main': waited 50 ms");
    relay.fromModule(Buffer.concat([extended('select 1'), sync]));
    relay.fail(error);
    expect(host.answers()).toEqual(['EPW001', 'Z']);
    expect(relay.isIdle).toBe(true);
    relay.fromModule(extended('select 1'));
    relay.fail(error);
    expect(host.answers()).toEqual(['EPW001']);
    host.sent();
    relay.fromModule(Buffer.concat([frame('E', Buffer.alloc(5)), sync]));
    expect(host.answers()).toEqual(['Z']);
    expect(host.sent()).toEqual(Buffer.alloc(0));
  });

  it('fails the login when no backend comes', () => {
    relay.fromModule(startup({ user: 'whoever' }));
    relay.fail(new DatabaseError('POOL', 'waited 50 ms'));
    expect(host.answers()).toEqual(['EPW001']);
    expect(host.isClosed).toBe(true);
  });

  it('ends the connection when the server sends what is no frame', () => {
    login();
    relay.fromBackend(Buffer.from([0x54, 0, 0, 0, 0]));
    expect(host.answers()).toEqual(['E08P01']);
    expect(host.isClosed).toBe(true);
  });
});
