import { expect, it } from '@jest/globals';
import { createDataSource } from '@pywatt/sdk';
import type { DataSource } from 'typeorm';
import { openDatabase } from '../../src/database/index.js';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { closersAfterEach } from '../support/closers.js';
import { postgresUrl } from './postgres-address.js';
import { describeWithPostgres } from './postgres-server.js';
import { RelayFixture } from './relay-fixture.js';

const describeHere = await describeWithPostgres();

describeHere('what a program says of pools and has no effect', () => {
  const closing = closersAfterEach();

  function recording() {
    const lines: string[] = [];
    const logger = createLogger({
      level: 'warn',
      redactor: new SecretRedactor(),
      write: (line) => void lines.push(line),
    });
    return { lines, logger };
  }

  const sizeOf = async (dataSource: DataSource): Promise<number> => {
    await dataSource.initialize();
    closing.push(() => dataSource.destroy());
    return (dataSource.driver as unknown as { master: { options: { max: number } } }).master.options.max;
  };

  it('is named in one warning, of the injected DataSource', async () => {
    const { lines, logger } = recording();
    const typeorm = { extra: { max: 50, idleTimeoutMillis: 5, user: undefined, keepAlive: true } };
    const database = closing.use(await openDatabase({ url: postgresUrl, name: 'main', typeorm, logger }));
    expect(lines).toEqual([expect.stringMatching(/no effect: extra\.max, extra\.idleTimeoutMillis.*createDataSource/)]);
    createDataSource(database.dataSource, { extra: { max: 50, password: 'unheard-of' } });
    expect(lines.slice(1)).toEqual([expect.stringMatching(/no effect: extra\.password"/)]);
    expect(lines.join()).not.toContain('unheard-of');
  });

  it('is nothing of the pool of another DataSource of a module by itself', async () => {
    const { lines, logger } = recording();
    const { dataSource } = closing.use(await openDatabase({ url: postgresUrl, name: 'main', logger }));
    expect(await sizeOf(createDataSource(dataSource, { type: 'postgres', poolSize: 50 }))).toBe(50);
    expect(lines).toEqual([]);
  });

  it('is what exceeds the connections of a module under an orchestrator, told once with the cure', async () => {
    const { lines, logger } = recording();
    const relay = closing.use(new RelayFixture({ limits: { connections: 4 }, logger }));
    const { dataSource } = closing.use(await (await relay.module('one')).database());
    for (const extra of [{ max: 50 }, {}])
      expect(await sizeOf(createDataSource(dataSource, { type: 'postgres', poolSize: 50, extra }))).toBe(4);
    expect(await sizeOf(createDataSource(dataSource, { type: 'postgres', poolSize: 3 }))).toBe(3);
    expect(await sizeOf(createDataSource(dataSource))).toBe(4);
    expect(lines).toEqual([
      expect.stringMatching(/asks for 50 connections, and the module may have 4.*pool\.connections/),
    ]);
  });
});
