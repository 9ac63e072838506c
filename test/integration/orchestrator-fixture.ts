import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import type {
  ModuleConfigInput,
  OrchestratorConfigInput,
  StartOrchestratorOptions,
} from '../../src/orchestrator/index.js';
import { startOrchestrator } from '../../src/orchestrator/index.js';
import { parseConfig } from '../../src/orchestrator/config/parse-config.js';

const repository = resolve(import.meta.dirname, '../..');

/** The command that runs a program of test/fixtures/modules. */
export function fixture(name: string, ...args: string[]): Pick<ModuleConfigInput, 'command' | 'cwd'> {
  const file = join(repository, 'test/fixtures/modules', `${name}.ts`);
  return { command: [process.execPath, '--import', 'tsx', file, ...args], cwd: repository };
}

export type LogLine = Record<string, unknown>;

/** An orchestrator in a directory of its own, impatient enough for tests, whose log can be looked at. */
export async function startWith(config: OrchestratorConfigInput, options: StartOrchestratorOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-'));
  const lines: LogLine[] = [];
  const redactor = new SecretRedactor();
  const logger = createLogger({
    redactor,
    level: 'debug',
    write: (line) => void lines.push(JSON.parse(line) as LogLine),
  });
  for (const module of Object.values(config.modules)) module.shutdownGrace ??= '500ms';
  const parsed = parseConfig(
    { gateway: { listen: '127.0.0.1:0' }, ports: { range: await freeRange() }, ...config },
    directory,
  );
  const remove = () => rm(directory, { recursive: true, force: true });
  const orchestrator = await startOrchestrator(parsed, {
    logger,
    redactor,
    ...options,
    supervisor: { backoff: { initialMs: 20, maxMs: 200 }, terminateGraceMs: 300, ...options.supervisor },
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    orchestrator,
    directory,
    stateDirectory: parsed.stateDirectory,
    lines,
    /** The lines whose message matches. */
    logged: (message: RegExp) => lines.filter(({ msg }) => message.test(String(msg))),
    request: (path: string, init?: RequestInit) => fetch(`${orchestrator.gateway}${path}`, init),
    async [Symbol.asyncDispose]() {
      await orchestrator.close();
      await remove();
    },
  };
}

/** Waits for something that tells nobody when it happens. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((wait) => setTimeout(wait, 10));
  }
}

/** Whether a process runs. One that has ended but was not collected by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux';
  }
}

/** Ports near one that the system just had free; the allocator skips those that are not. */
async function freeRange(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  const first = Math.min(port, 65_000);
  return `${first}-${first + 200}`;
}
