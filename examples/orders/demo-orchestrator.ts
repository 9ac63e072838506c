import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoProcess, pause } from './demo-process.js';
import { seedSecrets } from './seed-secrets.js';

const cliFile = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** `pywatt run` with the example's configuration, but with state, data and a gateway port of its own. */
export class DemoOrchestrator implements AsyncDisposable {
  readonly #process: DemoProcess;
  readonly #config: string;
  readonly address: string;

  private constructor(process: DemoProcess, config: string, address: string) {
    this.#process = process;
    this.#config = config;
    this.address = address;
  }

  static async start(directory: string): Promise<DemoOrchestrator> {
    const config = join(directory, 'pywatt.config.yaml');
    const text = await readFile(join(import.meta.dirname, 'pywatt.config.yaml'), 'utf8');
    const elsewhere = `${text.replace('127.0.0.1:9900', '127.0.0.1:0')}\n`;
    await writeFile(config, elsewhere.replace('    command:', `    cwd: ${import.meta.dirname}\n    command:`));
    seedSecrets(join(directory, '.pywatt', 'secrets'));
    const process = DemoProcess.start([cliFile, 'run', '--config', config]);
    return new DemoOrchestrator(process, config, await process.match(/ready at (http:\S+)/));
  }

  get output(): string {
    return this.#process.output;
  }

  /** Runs a `pywatt` command against this orchestrator, with `input` on its standard input. */
  async cli(argv: readonly string[], input: string): Promise<{ code: number | null; output: string }> {
    await using command = DemoProcess.start([cliFile, ...argv, '--config', this.#config], {}, input);
    const code = await command.exited;
    return { code, output: command.output };
  }

  async modulePid(id: string): Promise<number> {
    const pid = await this.#runningPid(id);
    if (pid === undefined) throw new Error(`module '${id}' is not running`);
    return pid;
  }

  /** Resolves once the module runs again in another process. */
  async untilReplaced(id: string, pid: number): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt += 1) {
      const now = await this.#runningPid(id);
      if (now !== undefined && now !== pid) return;
      await pause(100);
    }
    throw new Error(`module '${id}' did not come back`);
  }

  stop(): Promise<number | null> {
    return this.#process.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }

  async #runningPid(id: string): Promise<number | undefined> {
    const { modules } = (await (await fetch(`${this.address}/_pywatt/modules`)).json()) as {
      modules: { id: string; state: string; pid?: number }[];
    };
    return modules.find((module) => module.id === id && module.state === 'running')?.pid;
  }
}
