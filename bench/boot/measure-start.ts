import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { ChildProcessLauncher } from '../../src/orchestrator/supervisor/child-process-launcher.js';
import { ModulePeer } from '../../src/wire/index.js';
import { silentLogger } from '../silent-logger.js';

/** One start: from the spawn until the program is ready, and the most memory it had by then. */
export interface Start {
  readonly ms: number;
  /** NaN where the system does not tell. */
  readonly peakBytes: number;
}

const deadlineMs = 30_000;

/** `node -e 0`, until it has ended. Its memory is that of a second one that tells it. */
export async function startBareNode(): Promise<Start> {
  const from = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  const ms = performance.now() - from;
  const script = 'process.stdout.write(String(process.resourceUsage().maxRSS))';
  const telling = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const chunk of telling.stdout) text += String(chunk);
  return { ms, peakBytes: Number(text) * 1024 };
}

/** A program that prints a line as soon as it is ready. */
export async function startPrinting(program: string): Promise<Start> {
  const from = performance.now();
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  // It may end by itself once it has printed.
  const closed = once(child, 'close');
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(deadlineMs) });
  const start = { ms: performance.now() - from, peakBytes: await peakBytesOf(child.pid) };
  child.kill('SIGKILL');
  await closed;
  return start;
}

/** A module, started as the orchestrator starts it, until it has announced itself. */
export async function startModule(id: string, program: string): Promise<Start> {
  const from = performance.now();
  const launched = await new ChildProcessLauncher().launch({
    id,
    command: [process.execPath, program],
    cwd: process.cwd(),
    moduleFile: undefined,
    databases: new Map(),
    caches: new Map(),
    services: new Map(),
    serves: new Set(),
    channels: new Map(),
    tls: undefined,
    jwt: undefined,
    secrets: new Set(),
    env: {},
    quirks: new Set(),
    restart: 'never',
    reattachMs: undefined,
    shutdownGraceMs: deadlineMs,
    announceTimeoutMs: deadlineMs,
  });
  const refuse = () => Promise.reject(new Error('a module that measures its start asks for nothing'));
  const peer = new ModulePeer(launched.channel, {
    moduleId: id,
    logger: silentLogger,
    handlers: { getSecret: refuse, openService: refuse, requestPort: refuse, stray: () => {}, ended: () => {} },
  });
  launched.errorOutput?.resume();
  peer.start({ orchestrator_api: '', module_id: id, env: {}, listen: '127.0.0.1:1' });
  await peer.announced;
  const start = { ms: performance.now() - from, peakBytes: await peakBytesOf(launched.pid) };
  launched.kill();
  await launched.exited;
  await peer.close();
  return start;
}

/** The high-water mark of a running process, from Linux's /proc. */
async function peakBytesOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1024;
}
