import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { MysqlRelayEngine } from '../../src/database/mysql/mysql-relay-engine.js';
import type { MysqlLogin } from '../../src/database/server/mysql-login.js';
import { RelayPool } from './mysql-relay-host.js';

/** The suite needs a server with a certificate of its own, so it starts one. */
const server = ['/usr/sbin/mariadbd', '/usr/sbin/mysqld'].find((path) => existsSync(path));
const canStart = server !== undefined && spawnSync('openssl', ['version']).status === 0;
if (!canStart && process.env['CI'] === 'true') throw new Error('mariadbd or openssl is not installed');
if (!canStart) process.stderr.write('SKIPPED: mariadbd or openssl is not installed, so TLS to MySQL is not tested\n');

(canStart ? describe : describe.skip)('MySQL relayed over TLS, from a server that refuses anything else', () => {
  let directory = '';
  let port = 0;
  let ca = '';
  let child: ChildProcess;

  const engine = (ssl?: MysqlLogin['ssl']): MysqlRelayEngine => {
    const login = { host: 'localhost', port, user: 'root', database: 'mysql', ...(ssl ? { ssl } : {}) };
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
    const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
    const data = `--datadir=${at('data')}`;
    const install = ['--no-defaults', ...asRoot, data, '--auth-root-authentication-method=normal', '--skip-test-db'];
    execFileSync('mariadb-install-db', install, { stdio: 'ignore' });
    port = await freePort();
    child = spawn(
      server ?? '',
      [
        '--no-defaults',
        ...asRoot,
        data,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${at('s')}`,
        `--ssl-cert=${at('cert.pem')}`,
        `--ssl-key=${at('key.pem')}`,
        '--require-secure-transport=ON',
        '--innodb-buffer-pool-size=8M',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.once('exit', () => reject(new Error(`mariadbd ended: ${log}`)));
      child.stderr?.on('data', (text: Buffer) => {
        log += text.toString();
        if (log.includes('ready for connections')) resolve();
      });
    });
  }, 60_000);

  afterAll(async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
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
      const [rows] = await connection.query('SELECT seq, REPEAT("x", 100) AS filler FROM seq_1_to_50000');
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

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
