import type { EventEmitter } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Transaction } from '../../src/database/index.js';
import type { TransactionClient } from '../../src/database/transaction-client.js';
import type { ServerTransactionLink } from '../../src/database/typeorm/server-transaction-link.js';
import type { TestServer } from '../contract/database/test-server.js';
import { databaseServers, databaseWorlds, type OpenWorld } from './database-worlds.js';
import { TcpProxy } from './tcp-proxy.js';

/** The driver's. */
async function connectionOf(transaction: Transaction): Promise<EventEmitter> {
  const { runner } = (transaction as TransactionClient).link as ServerTransactionLink;
  const connection = (await runner.connect()) as EventEmitter;
  return connection.on('error', () => undefined);
}

for (const { engine, describeHere, start } of databaseServers) {
  describeHere.each(databaseWorlds)(`${engine}, $world, when the server's answer is lost`, ({ open }) => {
    let server: TestServer;
    let proxy: TcpProxy;
    let world: OpenWorld;

    beforeAll(async () => {
      server = await start();
      proxy = await TcpProxy.inFrontOf(server.url);
      world = await open(proxy.urlFor(server.url));
      await world.database.execute('CREATE TABLE lost_answers (id INTEGER PRIMARY KEY)');
    });
    afterAll(async () => {
      await world?.close();
      await proxy?.close();
      await server?.close();
    });

    const kept = async (id: number) =>
      (await world.database.query(`SELECT id FROM lost_answers WHERE id = ${id}`)).length === 1;

    it('says OUTCOME_UNKNOWN of a commit, which did take effect, and goes on working', async () => {
      const transaction = await world.database.beginTransaction();
      await transaction.execute('INSERT INTO lost_answers VALUES (1)');
      proxy.loseAnswerTo('COMMIT');
      await expect(transaction.commit()).rejects.toMatchObject({ name: 'DatabaseError', code: 'OUTCOME_UNKNOWN' });
      expect(proxy.hasLostAnswer).toBe(true);
      expect(await kept(1)).toBe(true);
      await world.database.transaction((tx) => tx.execute('INSERT INTO lost_answers VALUES (2)'));
      expect(await kept(2)).toBe(true);
    });

    it('says OUTCOME_UNKNOWN of a transaction that commits by itself when its work is done', async () => {
      proxy.loseAnswerTo('COMMIT');
      const work = world.database.transaction((tx) => tx.execute('INSERT INTO lost_answers VALUES (3)'));
      await expect(work).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      expect(proxy.hasLostAnswer).toBe(true);
      expect(await kept(3)).toBe(true);
    });

    it('says CONNECTION of a commit that was not sent, since the driver had heard that the connection ended', async () => {
      const transaction = await world.database.beginTransaction();
      await transaction.execute('INSERT INTO lost_answers VALUES (9)');
      const connection = await connectionOf(transaction);
      const heard = new Promise((resolve) => connection.once('error', resolve));
      const [{ id }] = (await transaction.query<{ id: number }>(server.connectionId)) as [{ id: number }];
      await server.kill(id);
      await heard;
      await expect(transaction.commit()).rejects.toMatchObject({
        name: 'DatabaseError',
        code: 'CONNECTION',
        retryable: true,
        message: expect.stringMatching(/ended before the commit, and the transaction was rolled back$/),
      });
      expect(await kept(9)).toBe(false);
    });

    it('says OUTCOME_UNKNOWN of a change outside a transaction, which did take effect', async () => {
      proxy.loseAnswerTo('INSERT INTO lost_answers VALUES (4)');
      const work = world.database.execute('INSERT INTO lost_answers VALUES (4)');
      await expect(work).rejects.toMatchObject({ name: 'DatabaseError', code: 'OUTCOME_UNKNOWN' });
      expect(proxy.hasLostAnswer).toBe(true);
      expect(await kept(4)).toBe(true);
    });

    it('says CONNECTION of a statement that only reads, and the next one is answered', async () => {
      proxy.loseAnswerTo('SELECT count(*) AS lost');
      const work = world.database.query('SELECT count(*) AS lost FROM lost_answers');
      await expect(work).rejects.toMatchObject({ name: 'DatabaseError', code: 'CONNECTION' });
      expect(proxy.hasLostAnswer).toBe(true);
      expect(await world.database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });
}
