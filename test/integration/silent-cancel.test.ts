import { describe, expect, it } from '@jest/globals';
import { type DirectDatabase, openDatabase } from '../../src/database/index.js';
import { withDeadline } from '../../src/foundation/index.js';
import { mariadbAnswers, mariadbUrl } from './mariadb-server.js';
import { postgresUrl } from './postgres-address.js';
import { describeWithPostgres } from './postgres-server.js';
import { TcpProxy } from './tcp-proxy.js';
import { closersAfterEach } from '../support/closers.js';

const engines = [
  ['PostgreSQL', await describeWithPostgres(), postgresUrl, 'SELECT pg_sleep(60)'],
  ['MariaDB', (await mariadbAnswers()) ? describe : describe.skip, mariadbUrl, 'SELECT SLEEP(60)'],
] as const;

for (const [engine, describeHere, url, slow] of engines) {
  describeHere(`a statement of ${engine} that takes too long while nobody takes the request to end it`, () => {
    const closing = closersAfterEach();

    const open = async (): Promise<{ proxy: TcpProxy; database: DirectDatabase }> => {
      const proxy = closing.use(await TcpProxy.inFrontOf(url));
      const database = await openDatabase({ name: 'main', url: proxy.urlFor(url), maxConnections: 1 });
      closing.push(() => database.close());
      return { proxy, database };
    };
    const inTime = <T>(work: Promise<T>) => withDeadline(work, 8_000, () => new Error('it holds its caller'));

    it('fails with TIMEOUT all the same, and its place is free again', async () => {
      const { proxy, database } = await open();
      proxy.isSilent = true;
      const late = inTime(database.query(slow, [], { timeout: '200ms' }));
      await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' });
      proxy.isSilent = false;
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it('fails its transaction, which can be ended', async () => {
      const { proxy, database } = await open();
      const transaction = await database.beginTransaction();
      proxy.isSilent = true;
      await expect(inTime(transaction.query(slow, [], { timeout: '200ms' }))).rejects.toMatchObject({
        code: 'TIMEOUT',
      });
      await inTime(transaction.rollback().catch(() => undefined));
      proxy.isSilent = false;
      expect(await inTime(database.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    });
  });
}
