import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';
import { messageOf } from '../../foundation/index.js';
import {
  type Channel,
  defaultWireLimits,
  FrameChannel,
  inheritedSocketVariables,
  initLineVariables,
  LaunchChannel,
  LineChannel,
  type WireLimits,
} from '../../wire/index.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import { OrchestratorError } from '../orchestrator-error.js';
import { childEnvironment } from './child-environment.js';
import type { LaunchedModule, LaunchOptions, ModuleExit, ModuleLauncher } from './module-launcher.js';
import { endGroup, signalGroup } from './process-group.js';
import type { RunningProcess } from './running-process.js';

type Child = ChildProcessByStdio<Writable, Readable, Readable> & { readonly pid: number };

/** Starts each module as a child process: no shell, an environment of its own, and a process group ended as a whole. */
export class ChildProcessLauncher implements ModuleLauncher {
  readonly #limits: WireLimits;
  readonly #groups = new Set<number>();

  constructor(limits: Partial<WireLimits> = {}) {
    this.#limits = { ...defaultWireLimits, ...limits };
  }

  async launch(config: ModuleConfig, options: LaunchOptions = {}): Promise<LaunchedModule> {
    const child = await this.#spawn(config, options);
    this.#groups.add(child.pid);
    const exited = waitForExit(child);
    void exited.then(() => this.#groups.delete(child.pid));
    const signal = (name: NodeJS.Signals) => void (this.#groups.has(child.pid) && signalGroup(child.pid, name));
    return {
      channel: this.#channelTo(child),
      pid: child.pid,
      input: child.stdin,
      errorOutput: child.stderr,
      exited,
      terminate: () => signal('SIGTERM'),
      kill: () => signal('SIGKILL'),
    };
  }

  /** A module that an orchestrator before started, as if this one had. How it exits nobody can tell. */
  adopt(running: RunningProcess, channel: Channel): LaunchedModule {
    this.#groups.add(running.pid);
    const exited = running.exited().then(() => {
      this.#groups.delete(running.pid);
      return { code: null, signal: null };
    });
    return {
      channel,
      pid: running.pid,
      errorOutput: undefined,
      exited,
      isTakenOver: true,
      terminate: () => running.signal('SIGTERM'),
      kill: () => running.signal('SIGKILL'),
    };
  }

  /** Ends everything it started, at once and without waiting: for a process that is about to exit. */
  killAll(): void {
    for (const group of this.#groups) signalGroup(group, 'SIGKILL');
  }

  #channelTo(child: Child): LaunchChannel {
    const { maxLineBytes, maxQueuedBytes } = this.#limits;
    const lines = new LineChannel(child.stdout, child.stdin, { maxLineBytes, maxQueuedBytes });
    const own = { kind: 'fd', isOwn: true, maxFrameBytes: maxLineBytes, maxQueuedBytes } as const;
    const frames = new FrameChannel(child.stdio[3] as Duplex, own);
    return new LaunchChannel(lines, frames);
  }

  async #spawn(config: ModuleConfig, { withoutVariables }: LaunchOptions): Promise<Child> {
    const [program = '', ...args] = config.command;
    try {
      const child = spawn(program, args, {
        cwd: config.cwd,
        env: {
          ...childEnvironment(config, process.env, withoutVariables),
          ...inheritedSocketVariables(process.pid),
          ...initLineVariables(this.#limits),
        },
        // The last one is a pair of sockets, for modules that know of it.
        stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
        // The leader of a group of its own: its children can be ended with it, and Ctrl-C reaches only us.
        detached: true,
        shell: false,
      }) as ChildProcessByStdio<Writable, Readable, Readable>;
      await once(child, 'spawn');
      return child as Child;
    } catch (error) {
      throw new OrchestratorError(
        'LAUNCH_FAILED',
        `module '${config.id}' could not be started (${messageOf(error)}): check modules.${config.id}.command and its cwd ${config.cwd}`,
        { cause: error, retryable: true, details: { moduleId: config.id, program } },
      );
    }
  }
}

async function waitForExit(child: Child): Promise<ModuleExit> {
  const exit = await new Promise<ModuleExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // Its children are no use without it, and would keep its ports and files.
  await endGroup(child.pid);
  return exit;
}
