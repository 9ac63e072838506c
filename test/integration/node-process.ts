import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
const deadlineMs = 20_000;

/** A node program of a test's: its output is kept, and it never outlives the test. */
export class NodeProcess implements AsyncDisposable {
  stdout = '';
  stderr = '';
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  readonly #child: ChildProcess;

  constructor(
    argv: readonly string[],
    options: { env?: Record<string, string>; input?: string | Buffer | null; cwd?: string } = {},
  ) {
    this.#child = spawn(process.execPath, argv, {
      cwd: options.cwd ?? repository,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
    this.#child.stdout!.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#child.stdin!.on('error', () => undefined);
    // null leaves standard input open, as an orchestrator or a terminal would.
    if (options.input !== null) this.#child.stdin!.end(options.input ?? '');
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Writes one message as a line on its standard input. */
  write(message: object): void {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** Writes text on its standard input, as it is. */
  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** Calls `listener` whenever it has written something to its standard output. */
  onStdout(listener: () => void): void {
    this.#child.stdout!.on('data', listener);
  }

  /** Ends its standard input, as an orchestrator that goes away does. */
  endInput(): void {
    this.#child.stdin!.end();
  }

  /** Goes away as the reader of its output, as `| head` does. */
  stopReading(): void {
    this.#child.stdout!.destroy();
    this.#child.stderr!.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first group of `pattern` in the output, as soon as it is there. */
  async match(pattern: RegExp): Promise<string> {
    const until = Date.now() + deadlineMs;
    for (;;) {
      const found = pattern.exec(this.stdout + this.stderr);
      if (found) return found[1] ?? found[0];
      const left = until - Date.now();
      if (left <= 0 || this.#child.exitCode !== null)
        throw new Error(`waited in vain for ${String(pattern)}:\n${this.stdout}\n${this.stderr}`);
      const wait = new AbortController();
      const timer = setTimeout(() => wait.abort(), Math.min(left, 1_000));
      const options = { signal: wait.signal };
      await Promise.race([
        once(this.#child.stdout!, 'data', options),
        once(this.#child.stderr!, 'data', options),
        this.exited,
      ]).catch(() => undefined);
      clearTimeout(timer);
      wait.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}
