import type { describe } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describeWithProgram } from './installed-program.js';
import { freePort } from './free-port.js';

export function describeWithMemcached(): typeof describe | typeof describe.skip {
  return describeWithProgram('memcached');
}

/** A memcached of a test's own, on a free port. */
export class MemcachedProcess {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly options: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(
    options: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<MemcachedProcess> {
    const memcached = new MemcachedProcess(await freePort(), options, env);
    await memcached.launch();
    return memcached;
  }

  get url(): string {
    return `memcached://127.0.0.1:${this.port}`;
  }

  async launch(): Promise<void> {
    // It runs as root only under another name.
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const args = ['-l', '127.0.0.1', '-p', String(this.port), '-U', '0', ...user, ...this.options];
    this.#child = spawn('memcached', args, { env: { ...process.env, ...this.env }, stdio: 'inherit' });
    const giveUpAt = Date.now() + 10_000;
    for (;;) {
      const socket = await this.#connected().catch(() => undefined);
      socket?.destroy();
      if (socket) return;
      if (Date.now() > giveUpAt) throw new Error(`memcached does not answer on ${this.port}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sends one command of the text protocol and resolves with the answer up to its first `end`. */
  async command(line: string, end = '\r\n'): Promise<string> {
    const socket = await this.#connected();
    try {
      socket.write(`${line}\r\n`);
      let answer = '';
      for await (const chunk of socket) {
        answer += String(chunk);
        if (answer.includes(end)) break;
      }
      return answer.split(end)[0] ?? '';
    } finally {
      socket.destroy();
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async #connected(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }
}
