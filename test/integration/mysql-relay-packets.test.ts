import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mysql2/promise';
import { closersAfterEach } from '../support/closers.js';
import { mariadbIsInstalled, OwnMariadb } from './own-mariadb.js';
import { RelayFixture } from './relay-fixture.js';

const mib = 1024 ** 2;

(mariadbIsInstalled() ? describe : describe.skip)('a packet that is longer than MariaDB takes, over the wire', () => {
  const closing = closersAfterEach();
  let server: OwnMariadb;
  beforeAll(async () => {
    server = await OwnMariadb.start('--max-allowed-packet=1M');
  }, 60_000);
  afterAll(() => server.close(), 30_000);

  async function connections(count: number): Promise<Connection[]> {
    const relay = closing.use(new RelayFixture({ url: `mysql://root@127.0.0.1:${server.port}/mysql`, max: 1 }));
    const { stream } = await relay.module('one');
    const opened: Connection[] = [];
    for (let left = count; left > 0; left -= 1) {
      const connection = await createConnection({ stream });
      connection.on('error', () => undefined);
      closing.push(() => connection.destroy());
      opened.push(connection);
    }
    return opened;
  }

  it.each([1, 2, 17, 40])(
    'fails with what the server says of it, and ends its connection alone: %d MiB',
    async (size) => {
      const [first, second] = await connections(2);
      const value = Buffer.alloc(size * mib, 'x');
      await expect(first!.query('SELECT LENGTH(?) AS bytes', [String(value)])).rejects.toMatchObject({
        code: 'ER_NET_PACKET_TOO_LARGE',
        errno: 1153,
        sqlState: '08S01',
        message: "Got a packet bigger than 'max_allowed_packet' bytes",
      });
      await expect(first!.query('SELECT 1')).rejects.toThrow('closed state');
      const fits = Buffer.alloc(mib - 1000, 'x');
      const [rows] = await second!.execute('SELECT LENGTH(?) AS bytes', [fits]);
      expect(rows).toEqual([{ bytes: fits.byteLength }]);
    },
  );

  it('is not what is said of a server that closes the connection for another reason', async () => {
    const [first] = await connections(1);
    const [[own]] = (await first!.query('SELECT CONNECTION_ID() AS id')) as unknown as [{ id: number }[]];
    const running = first!.query('SELECT SLEEP(30)').catch((error: unknown) => error);
    const direct = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root' });
    closing.push(() => direct.destroy());
    await direct.query(`KILL ${own!.id}`);
    expect(await running).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
  });
});
