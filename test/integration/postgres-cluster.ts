import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-port.js';

const run = promisify(execFile);
const installed = '/usr/lib/postgresql';
/** PostgreSQL refuses to be run by root; the package brings its own user. */
const runUser = 'postgres';
const password = 'of-the-administrator';

export interface ClusterOptions {
  /** Directory with `orchestrator.pem` and its key: speaks TLS, by TCP instead of a unix socket. */
  readonly tls?: string;
}

/** A PostgreSQL of a test's own, that wants a password (SCRAM) of everybody. */
export class PostgresCluster {
  readonly #directory: string;
  readonly #bin: string;
  readonly #port: number | undefined;

  private constructor(directory: string, bin: string, port: number | undefined) {
    this.#directory = directory;
    this.#bin = bin;
    this.#port = port;
  }

  /** Undefined, having said so, where PostgreSQL's programs are not installed; with CI=true that is a failure. */
  static async programs(): Promise<string | undefined> {
    const versions = await readdir(installed).catch(() => []);
    const [newest] = versions.toSorted((a, b) => Number(b) - Number(a));
    if (newest !== undefined) return join(installed, newest, 'bin');
    if (process.env['CI'] === 'true') throw new Error(`there is no PostgreSQL in ${installed}`);
    process.stderr.write(`SKIPPED: there is no PostgreSQL in ${installed}, so nothing is tested with a password\n`);
    return undefined;
  }

  static async start(bin: string, { tls }: ClusterOptions = {}): Promise<PostgresCluster> {
    const port = tls === undefined ? undefined : await freePort();
    const cluster = new PostgresCluster(await ownDirectory(), bin, port);
    const directory = cluster.#directory;
    const secret = join(directory, 'password');
    await writeFile(secret, password, { mode: 0o600 });
    await own(secret);
    await cluster.#run('initdb', ['-D', cluster.#data, '-U', 'admin', '-A', 'scram-sha-256', '--pwfile', secret, '-N']);
    const settings = [`-k ${directory}`, '-c fsync=off', `-c listen_addresses=${tls ? '127.0.0.1' : "''"}`];
    if (port !== undefined) settings.push(`-p ${port}`);
    for (const file of tls === undefined ? [] : ['orchestrator.pem', 'orchestrator.key']) {
      const path = join(directory, file);
      await copyFile(join(tls!, file), path);
      await own(path);
      await chmod(path, 0o600);
      settings.push(`-c ssl_${file.endsWith('key') ? 'key' : 'cert'}_file=${path}`);
    }
    if (tls !== undefined) settings.push('-c ssl=on');
    await cluster.#start(settings);
    return cluster;
  }

  /** Another that follows this one, and only reads until it is promoted. */
  async standby(): Promise<PostgresCluster> {
    const standby = new PostgresCluster(await ownDirectory(), this.#bin, undefined);
    const copy = ['-h', this.#directory, '-U', 'admin', '-D', standby.#data, '-R', '-c', 'fast'];
    await standby.#run('pg_basebackup', copy, { PGPASSWORD: password });
    await standby.#start([`-k ${standby.#directory}`, '-c fsync=off', "-c listen_addresses=''"]);
    return standby;
  }

  promote(): Promise<void> {
    return this.#run('pg_ctl', ['-D', this.#data, '-w', 'promote']);
  }

  /** Of `admin`, with its password. */
  get adminUrl(): string {
    return this.url(`admin:${password}`);
  }

  /** Without a password. */
  url(user: string): string {
    return this.#port === undefined
      ? `postgres://${user}@localhost/postgres?host=${encodeURIComponent(this.#directory)}`
      : `postgres://${user}@127.0.0.1:${this.#port}/postgres`;
  }

  /** Logged in; whoever asks ends it. */
  async client(user: string, secret: string): Promise<Client> {
    const client = new Client({
      host: this.#port === undefined ? this.#directory : '127.0.0.1',
      port: this.#port ?? 5432,
      database: 'postgres',
      user,
      password: secret,
    });
    await client.connect();
    return client;
  }

  admin(): Promise<Client> {
    return this.client('admin', password);
  }

  async stop(): Promise<void> {
    await this.#run('pg_ctl', ['-D', this.#data, '-m', 'immediate', '-w', 'stop']);
    await rm(this.#directory, { recursive: true });
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  #start(settings: readonly string[]): Promise<void> {
    const log = join(this.#directory, 'log');
    return this.#run('pg_ctl', ['-D', this.#data, '-w', '-l', log, '-o', settings.join(' '), 'start']);
  }

  /** What it prints goes nowhere: a server that keeps a pipe of ours open would never let go of it. */
  async #run(program: string, args: readonly string[], env: object = {}): Promise<void> {
    const command = [join(this.#bin, program), ...args];
    const [file, ...rest] = isRoot() ? ['runuser', '-u', runUser, '--', ...command] : command;
    await run('sh', ['-c', '"$@" >/dev/null 2>&1 </dev/null', 'sh', file!, ...rest], {
      cwd: this.#directory,
      env: { ...process.env, ...env },
    });
  }
}

const isRoot = (): boolean => userInfo().uid === 0;

async function own(path: string): Promise<void> {
  if (!isRoot()) return;
  const id = async (flag: string) => Number((await run('id', [flag, runUser])).stdout);
  await chown(path, await id('-u'), await id('-g'));
}

async function ownDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-pg-'));
  await own(directory);
  return directory;
}
