import { expect, it } from '@jest/globals';
import { openDatabase } from '../../src/database/index.js';
import { databaseServers } from './database-worlds.js';

for (const { engine, describeHere, start } of databaseServers) {
  describeHere(`a database on ${engine} that is closed`, () => {
    it('rolls back what is still open when its patience ends, and says so to whoever goes on', async () => {
      const server = await start();
      try {
        const closing = await openDatabase({ url: server.url, name: 'main', closeTimeout: '100ms' });
        await closing.execute('CREATE TABLE closed_early (id int)');
        const [port, other] = [await closing.beginTransaction(), await closing.beginTransaction()];
        await port.execute('INSERT INTO closed_early VALUES (1)');
        const runner = closing.dataSource.createQueryRunner();
        await runner.startTransaction();
        await runner.query('INSERT INTO closed_early VALUES (2)');
        await closing.close();
        await expect(port.query('SELECT 1')).rejects.toMatchObject({ code: 'CLOSED' });
        await expect(other.query('SELECT 1')).rejects.toMatchObject({ code: 'CLOSED' });
        await expect(port.commit()).rejects.toMatchObject({ code: 'TRANSACTION' });
        await using again = await openDatabase({ url: server.url, name: 'main' });
        expect(await again.query('SELECT id FROM closed_early')).toEqual([]);
      } finally {
        await server.close();
      }
    });
  });
}
