import type { describe } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { freePort } from './free-port.js';
import { describeWithProgram } from './installed-program.js';
import { tlsFile } from '../support/tls-file.js';

export function describeWithRedis(): typeof describe | typeof describe.skip {
  return describeWithProgram('redis-server');
}

/** TLS and nothing else on a server's port. */
export interface ServerTls {
  /** Which of the certificates in test/fixtures/tls it shows; `authority` signs those of its clients. */
  readonly certificate: string;
  /** Whether clients have to show one. */
  readonly wantsCertificates: boolean;
}

/** What a client of such a server needs that shows a certificate in any case. */
const clientTls = () => ({
  ca: readFileSync(tlsFile('authority.pem'), 'utf8'),
  cert: readFileSync(tlsFile('module.pem'), 'utf8'),
  key: readFileSync(tlsFile('module.key'), 'utf8'),
  checkServerIdentity: () => undefined,
  // A certificate that has expired is a matter of the test.
  rejectUnauthorized: false,
});

function listenOn(port: number, tls: ServerTls | undefined): string[] {
  if (!tls) return [`port ${port}`, 'bind 127.0.0.1'];
  return [
    'port 0',
    `tls-port ${port}`,
    'bind 127.0.0.1',
    `tls-cert-file ${tlsFile(`${tls.certificate}.pem`)}`,
    `tls-key-file ${tlsFile(`${tls.certificate}.key`)}`,
    `tls-ca-cert-file ${tlsFile('authority.pem')}`,
    `tls-auth-clients ${tls.wantsCertificates ? 'yes' : 'no'}`,
    'tls-replication yes',
  ];
}

/** A redis-server of a test's own, on a free port, with nothing kept on disk. */
export class RedisServer {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly settings: readonly string[],
    private readonly program: readonly string[],
    private readonly tls: ServerTls | undefined,
  ) {}

  /** `settings` are lines of redis.conf; they go in by standard input. */
  static async start(settings: readonly string[] = [], port?: number, tls?: ServerTls): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-redis-'));
    const server = new RedisServer(port ?? (await freePort()), directory, settings, ['redis-server', '-'], tls);
    await server.launch();
    return server;
  }

  /** A sentinel, which keeps what it learns in its configuration. */
  static async startSentinel(settings: readonly string[], tls?: ServerTls): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-sentinel-'));
    const port = await freePort();
    const lines = [...listenOn(port, tls), ...settings];
    await writeFile(join(directory, 'sentinel.conf'), lines.map((line) => `${line}\n`).join(''));
    const server = new RedisServer(port, directory, [], ['redis-server', 'sentinel.conf', '--sentinel'], tls);
    await server.launch();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** A client without credentials, for looking behind the cache; the caller disconnects it. */
  client(options: { readonly username?: string; readonly password?: string } = {}): Redis {
    return new Redis({ ...this.#address, disconnectTimeout: 100, ...options });
  }

  async launch(): Promise<void> {
    const [command = '', ...args] = this.program;
    this.#child = spawn(command, args, { cwd: this.directory, stdio: ['pipe', 'ignore', 'inherit'] });
    const lines = [...listenOn(this.port, this.tls), 'save ""', 'appendonly no', ...this.settings];
    this.#child.stdin!.end(lines.map((line) => `${line}\n`).join(''));
    await this.#answers();
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  get #address(): RedisOptions {
    return { port: this.port, host: '127.0.0.1', ...(this.tls && { tls: clientTls() }) };
  }

  async #answers(): Promise<void> {
    const giveUpAt = Date.now() + 10_000;
    const client = new Redis({
      ...this.#address,
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: () => 20,
    });
    client.on('error', () => undefined);
    try {
      for (;;) {
        // A server that wants a password answers, too.
        const answer = await client.ping().catch((error: unknown) => String(error));
        if (/PONG|NOAUTH/.test(answer)) return;
        if (Date.now() > giveUpAt) throw new Error(`redis-server does not answer on ${this.port}: ${answer}`);
      }
    } finally {
      client.disconnect();
    }
  }
}
