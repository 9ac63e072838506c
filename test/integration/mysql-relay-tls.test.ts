import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { MysqlRelayEngine } from '../../src/database/mysql/mysql-relay-engine.js';
import type { MysqlLogin } from '../../src/database/server/mysql-login.js';
import { RelayPool } from './mysql-relay-host.js';
import { numbers } from './mariadb-server.js';
import { mariadbIsInstalled, OwnMariadb } from './own-mariadb.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl && process.env['CI'] === 'true') throw new Error('openssl is not installed');
if (!hasOpenssl) process.stderr.write('SKIPPED: openssl is not installed, so TLS to MySQL is not tested\n');
const suite = mariadbIsInstalled() && hasOpenssl ? describe : describe.skip;

suite('MySQL relayed over TLS, from a server that refuses anything else', () => {
  let directory = '';
  let ca = '';
  let server: OwnMariadb;

  const engine = (ssl?: MysqlLogin['ssl']): MysqlRelayEngine => {
    const login = { host: 'localhost', port: server.port, user: 'root', database: 'mysql', ...(ssl ? { ssl } : {}) };
    return new MysqlRelayEngine({ name: 'main', login, deadlineMs: 5000 });
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mysql-tls-'));
    const at = (name: string): string => join(directory, name);
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const files = ['-keyout', at('key.pem'), '-out', at('cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], {
      stdio: 'ignore',
    });
    ca = await readFile(at('cert.pem'), 'utf8');
    const certificate = [`--ssl-cert=${at('cert.pem')}`, `--ssl-key=${at('key.pem')}`];
    server = await OwnMariadb.start(...certificate, '--require-secure-transport=ON');
  }, 60_000);

  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }, 30_000);

  it('takes over the encrypted socket', async () => {
    for (const ssl of [
      { ca, rejectUnauthorized: true, verifyIdentity: false },
      { ca, rejectUnauthorized: true, verifyIdentity: true },
      { rejectUnauthorized: false, verifyIdentity: false },
    ]) {
      const pool = new RelayPool(engine(ssl), 1);
      const connection = await createConnection({ stream: pool.stream });
      const [status] = await connection.query("SHOW STATUS LIKE 'Ssl_cipher'");
      expect(status).toEqual([{ Variable_name: 'Ssl_cipher', Value: expect.stringMatching(/^TLS_|^ECDHE/) }]);
      const [rows] = await connection.query(`SELECT i, REPEAT('x', 100) AS filler FROM ${numbers(50_000)}`);
      expect(rows).toHaveLength(50_000);
      connection.destroy();
      pool.close();
    }
    const backend = await engine({ ca, rejectUnauthorized: true, verifyIdentity: true }).connect({});
    await backend.reset();
    await backend.cancel();
    backend.destroy();
  });

  it('refuses a certificate that nobody vouches for', async () => {
    await expect(engine({ rejectUnauthorized: true, verifyIdentity: false }).connect({})).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('self-signed'),
    });
  });

  it('fails without TLS', async () => {
    await expect(engine().connect({})).rejects.toMatchObject({ family: 'database' });
  });
});
