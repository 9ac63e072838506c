import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const deadlineMs = 30_000;

/** A node process of the demo's: what it prints is kept, and it never outlives the demo. */
export class DemoProcess implements AsyncDisposable {
  #output = '';
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit').then(([code]) => code as number | null);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  static start(argv: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string): DemoProcess {
    const child = spawn(process.execPath, argv, {
      cwd: import.meta.dirname,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    return new DemoProcess(child);
  }

  get output(): string {
    return this.#output;
  }

  get exited(): Promise<number | null> {
    return this.#exited;
  }

  /** The first group of `pattern` in what it has printed, as soon as it is there. */
  async match(pattern: RegExp): Promise<string> {
    const until = Date.now() + deadlineMs;
    while (Date.now() < until) {
      const found = pattern.exec(this.#output)?.[1];
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) break;
      await Promise.race([
        once(this.#child.stdout!, 'data'),
        once(this.#child.stderr!, 'data'),
        this.#exited,
        pause(1_000),
      ]);
    }
    throw new Error(`waited in vain for ${String(pattern)}; the process printed:\n${this.#output}`);
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
