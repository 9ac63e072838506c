import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';

const program = ['/usr/sbin/mariadbd', '/usr/sbin/mysqld'].find((path) => existsSync(path));

/** Whether a server of a test's own can be started; says so loudly when not. With CI=true that is a failure. */
export function mariadbIsInstalled(): boolean {
  if (program !== undefined) return true;
  if (process.env['CI'] === 'true') throw new Error('mariadbd is not installed');
  process.stderr.write('SKIPPED: mariadbd is not installed, so nothing is tested that needs a server of its own\n');
  return false;
}

/** A MariaDB of a test's own, by TCP; its `root` has no password, and its only database is `mysql`. */
export class OwnMariadb {
  readonly port: number;
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(port: number, directory: string, child: ChildProcess) {
    this.port = port;
    this.#directory = directory;
    this.#child = child;
  }

  /** With these options besides. */
  static async start(...options: readonly string[]): Promise<OwnMariadb> {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-mariadb-'));
    const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
    const common = ['--no-defaults', ...asRoot, `--datadir=${join(directory, 'data')}`];
    const install = [...common, '--auth-root-authentication-method=normal', '--skip-test-db'];
    await promisify(execFile)('mariadb-install-db', install);
    const port = await freePort();
    const address = [`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(directory, 's')}`];
    const own = [...common, ...address, '--innodb-buffer-pool-size=8M', ...options];
    const child = spawn(program ?? '', own, { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.once('exit', () => reject(new Error(`mariadbd ended: ${log}`)));
      child.stderr.on('data', (text: Buffer) => {
        log += text.toString();
        if (log.includes('ready for connections')) resolve();
      });
    });
    return new OwnMariadb(port, directory, child);
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
    await rm(this.#directory, { recursive: true, force: true });
  }
}
