import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection, createPool, type Pool } from 'mysql2/promise';
import { type CredentialUser, messageOf, type PreparedCredential } from '../../src/foundation/index.js';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import {
  ChainedSecretProvider,
  MemorySecretProvider,
  RotationCoordinator,
  SecretStore,
} from '../../src/secrets/index.js';

const server = { host: '127.0.0.1', port: 3306 };
const user = `rotates_${randomUUID().slice(0, 8)}`;

async function asRoot(sql: string): Promise<void> {
  const connection = await createConnection({ ...server, user: 'root' });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

async function serverAnswers(): Promise<boolean> {
  return asRoot('SELECT 1').then(
    () => true,
    () => false,
  );
}

/** A pool that logs in with a password and is replaced by one that logs in with the next. */
class Account implements CredentialUser {
  readonly name = "database 'main'";
  readonly secret = 'DB_PASSWORD';
  pool: Pool;

  constructor(password: string) {
    this.pool = this.#open(password);
  }

  async prepare(value: string): Promise<PreparedCredential> {
    const [before, next] = [this.pool, this.#open(value)];
    try {
      await next.query('SELECT 1');
    } catch (error) {
      await next.end();
      throw new Error(`the server refused it: ${messageOf(error)}`, { cause: error });
    }
    return {
      activate: () => void (this.pool = next),
      retire: () => before.end(),
      abandon: () => {
        this.pool = before;
        return next.end();
      },
    };
  }

  #open(password: string): Pool {
    return createPool({ ...server, user, password, connectionLimit: 2 });
  }
}

const isThere = await serverAnswers();
if (!isThere && process.env['CI'] === 'true') throw new Error('MariaDB does not answer on 127.0.0.1:3306');

(isThere ? describe : describe.skip)('the password of a real account that rotates', () => {
  const lines: string[] = [];
  const redactor = new SecretRedactor();
  const logger = createLogger({ redactor, level: 'debug', write: (line) => void lines.push(line) });
  const provider = new ChainedSecretProvider([new MemorySecretProvider({ DB_PASSWORD: 'first-password' })]);
  const store = new SecretStore({ provider, redactor });
  let account: Account;
  let rotations: RotationCoordinator;

  beforeAll(async () => {
    await asRoot(`CREATE USER '${user}'@'%' IDENTIFIED BY 'first-password'`);
    account = new Account('first-password');
    const credentialUsers = (name: string) => (name === account.secret ? [account] : []);
    rotations = new RotationCoordinator({ store, redactor, logger, participants: () => [], credentialUsers });
  });
  afterAll(async () => {
    await rotations.close();
    await account.pool.end();
    await asRoot(`DROP USER '${user}'@'%'`);
  });

  it('is rejected by the probe when the server does not know it, and nothing is switched', async () => {
    const report = await rotations.rotate('DB_PASSWORD', 'wrong-password');
    expect(report).toMatchObject({
      outcome: 'rejected',
      message: expect.stringMatching(/^database 'main' does not accept the new 'DB_PASSWORD': .*Access denied/),
      credentials: [{ outcome: 'refused' }],
    });
    await expect(account.pool.query('SELECT 1')).resolves.toBeDefined();
    await expect(store.get('DB_PASSWORD')).resolves.toMatchObject({ value: 'first-password' });
    expect(lines.join() + JSON.stringify(report)).not.toContain('wrong-password');
  });

  it('loses no query of a load while it changes, and the old one is over', async () => {
    let [isOver, queries] = [false, 0];
    const load = async () => {
      while (!isOver) {
        await account.pool.query('SELECT SLEEP(0.002)');
        queries += 1;
      }
    };
    // Both connections of the pool are open: a new one would be refused between the two changes.
    await Promise.all([1, 2].map(() => account.pool.query('SELECT SLEEP(0.2)')));
    const loads = [load(), load(), load()];
    await asRoot(`ALTER USER '${user}'@'%' IDENTIFIED BY 'second-password'`);
    const report = await rotations.rotate('DB_PASSWORD', 'second-password');
    isOver = true;
    await Promise.all(loads);
    expect(report).toMatchObject({ outcome: 'committed', credentials: [{ outcome: 'retired' }] });
    expect(queries).toBeGreaterThan(0);
    const refused = createConnection({ ...server, user, password: 'first-password' });
    await expect(refused).rejects.toThrow('Access denied');
  });
});
