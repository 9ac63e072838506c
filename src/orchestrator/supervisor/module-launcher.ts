import type { Readable, Writable } from 'node:stream';
import type { Channel } from '../../wire/index.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';

/** How the process of a module ended; neither code nor signal when nobody can tell. */
export interface ModuleExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One running launch of a module, whatever it runs in. */
export interface LaunchedModule {
  /** Not yet started: its one reader is the orchestrator. */
  readonly channel: Channel;
  readonly pid: number | undefined;
  /** Its standard input, where there is one: what the channel writes to. */
  readonly input?: Writable;
  /** What the module prints beside the wire, when there is such a stream. */
  readonly errorOutput: Readable | undefined;
  /** Resolves once nothing of the module is left running. Never rejects. */
  readonly exited: Promise<ModuleExit>;
  /** Whether an orchestrator before this one started it. */
  readonly isTakenOver?: boolean;
  /** Asks it to end. Does nothing once it has. */
  terminate(): void;
  /** Ends it. Does nothing once it has ended. */
  kill(): void;
}

export interface LaunchOptions {
  /** Variables that the module is not given. */
  readonly withoutVariables?: readonly string[];
}

/** Starts modules: as child processes, or inside this process. */
export interface ModuleLauncher {
  /** Rejects with LAUNCH_FAILED when nothing could be started. */
  launch(config: ModuleConfig, options?: LaunchOptions): Promise<LaunchedModule>;
}
