import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mysql2/promise';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { Closers } from '../../src/orchestrator/closers.js';
import { parseConfig } from '../../src/orchestrator/config/parse-config.js';
import { createSecretStore } from '../../src/orchestrator/create-secret-store.js';
import { PreviousValues } from '../../src/orchestrator/rotations/previous-values.js';
import { openBackends } from '../../src/orchestrator/open-backends.js';
import type { ServiceConnection } from '../../src/wire/index.js';
import { createAnew, mariadb, mariadbAnswers } from './mariadb-server.js';

const suite = (await mariadbAnswers()) ? describe : describe.skip;
const user = 'pglite_ci_app';

suite('the plain operations of a database whose password is a secret', () => {
  let direct: Connection;
  let log: string[];
  let closers: Closers;

  beforeAll(async () => {
    direct = await createConnection(mariadb);
    await createAnew(direct, 'USER', `${user}@'%'`, "IDENTIFIED BY 'hunter2'");
    await direct.query(`GRANT ALL ON test.* TO ${user}@'%'`);
  });

  afterEach(() => closers.close());

  afterAll(async () => {
    await direct.query(`DROP USER ${user}@'%'`);
    await direct.end();
  });

  const connect = async (memory: Record<string, string>): Promise<ServiceConnection> => {
    log = [];
    const redactor = new SecretRedactor();
    const logger = createLogger({ redactor, level: 'debug', write: (line) => void log.push(line) });
    closers = new Closers(logger);
    const url = `mysql://${user}@${mariadb.host}:${mariadb.port}/${mariadb.database}`;
    const pool = { max: 1, acquireTimeout: '1s' as const };
    const config = parseConfig(
      {
        modules: { orders: { command: 'x' } },
        databases: { main: { url, password: { secret: 'DB_PASSWORD' }, pool } },
        secrets: [{ memory }],
      },
      process.cwd(),
    );
    const keepsNothing = { overlaps: new Map(), stateDirectory: undefined, redactor, logger };
    const { store } = await createSecretStore(config.secrets, { redactor, logger });
    const { brokers } = await openBackends(config, store, new PreviousValues(keepsNothing), logger, closers);
    const broker = brokers.find(({ serviceType }) => serviceType === 'Database')!;
    return broker.open({ moduleId: 'orders', name: 'main', config: null, typedValues: false });
  };

  it('log in with it, and keep to the pool of the configuration', async () => {
    const connection = await connect({ DB_PASSWORD: 'hunter2' });
    expect(await connection.call('query_one', { query: 'SELECT CURRENT_USER() AS me', params: [] })).toEqual({
      data: { me: `${user}@%` },
    });
    const transaction = await connection.call('begin_transaction', {});
    await expect(connection.call('query', { query: 'SELECT 1', params: [] })).rejects.toMatchObject({
      code: 'POOL',
    });
    await connection.call('transaction_rollback', { transaction_id: transaction });
    await connection.close();
    expect(log.join()).not.toContain('hunter2');
  });

  it.each([
    ['wrong', { DB_PASSWORD: 'swordfish' }, 'CONNECTION', /refuses the password in secret 'DB_PASSWORD'/],
    ['not there', {}, 'CONFIGURATION', /its password, secret 'DB_PASSWORD', was not found/],
  ])('say so when it is %s, and not what it is', async (_what, secrets, code, why) => {
    const failure = await connect(secrets).catch((error: unknown) => error);
    expect(failure).toMatchObject({ family: 'database', code, message: expect.stringMatching(why) });
    expect(`${String(failure)} ${log.join()}`).not.toMatch(/hunter2|swordfish/);
  });
});
