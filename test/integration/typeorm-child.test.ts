import { describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { openDatabase } from '../../src/database/index.js';
import { atOnce } from '../contract/database/database-case.js';
import { startWith } from './orchestrator-fixture.js';

const repository = resolve(import.meta.dirname, '../..');
const main = join(repository, 'test/fixtures/mains/leaves-a-transaction-open.ts');

async function startShelves() {
  const running = await startWith({
    modules: {
      shelves: {
        command: [process.execPath, '--import', 'tsx', main],
        cwd: repository,
        databases: ['default'],
        env: { PYWATT_DATABASE_SYNCHRONIZE: 'true' },
        restart: 'never',
      },
    },
    databases: { default: { url: 'sqlite:./data.db' } },
  });
  await running.orchestrator.ready;
  return running;
}

describe('TypeORM in a child process, SQLite held by the orchestrator', () => {
  it('creates its tables, and saves and finds entities with relations', async () => {
    await using running = await startShelves();
    const response = await running.request('/shelves/shelves', { method: 'POST' });
    expect([response.status, await response.json()]).toEqual([
      200,
      [
        {
          id: 1,
          label: 'one',
          volumes: [
            { id: 1, title: 'first' },
            { id: 2, title: 'second' },
          ],
        },
      ],
    ]);
  });

  it('is rolled back when it is killed in a transaction, and the lock is free at once', async () => {
    await using running = await startShelves();
    await running.request('/shelves/shelves', { method: 'POST' });
    const held = await running.request('/shelves/hold', { method: 'POST' });
    const pid = (await held.json()) as number;
    await using other = await openDatabase({ url: `sqlite:${join(running.directory, 'data.db')}`, name: 'other' });
    process.kill(pid, 'SIGKILL');
    await expect(atOnce(other.execute("INSERT INTO shelf (label) VALUES ('next')"))).resolves.toBe(1);
    await expect(other.query('SELECT label FROM shelf ORDER BY id')).resolves.toEqual([
      { label: 'one' },
      { label: 'next' },
    ]);
  });
});
