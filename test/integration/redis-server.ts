import type { describe } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describeWithProgram } from './installed-program.js';

export function describeWithRedis(): typeof describe | typeof describe.skip {
  return describeWithProgram('redis-server');
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A redis-server of a test's own, on a free port, with nothing kept on disk. */
export class RedisServer {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly settings: readonly string[],
    private readonly program: readonly string[],
  ) {}

  /** `settings` are lines of redis.conf; they go in by standard input. */
  static async start(settings: readonly string[] = [], port?: number): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-redis-'));
    const server = new RedisServer(port ?? (await freePort()), directory, settings, ['redis-server', '-']);
    await server.launch();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** A client without credentials, for looking behind the cache; the caller disconnects it. */
  client(options: { readonly username?: string; readonly password?: string } = {}): Redis {
    return new Redis({ port: this.port, host: '127.0.0.1', ...options });
  }

  async launch(): Promise<void> {
    const [command = '', ...args] = this.program;
    this.#child = spawn(command, args, { cwd: this.directory, stdio: ['pipe', 'ignore', 'inherit'] });
    const lines = [`port ${this.port}`, 'bind 127.0.0.1', 'save ""', 'appendonly no', ...this.settings];
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

  async #answers(): Promise<void> {
    const giveUpAt = Date.now() + 10_000;
    const client = new Redis({
      port: this.port,
      host: '127.0.0.1',
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
