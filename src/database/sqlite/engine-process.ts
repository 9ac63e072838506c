import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Deferred } from '../../foundation/index.js';
import { workerUrl } from '../worker-location.js';
import type { EngineEvents, EngineHost } from './engine-host.js';
import { FrameReader, frameOf } from './pipe-frames.js';
import { ownerFd, pipeFd, type ProcessReply, type WorkerRequest } from './worker-messages.js';

/**
 * An engine in a process of its own. SQLite cannot be called back between two rows, and a thread that is inside it
 * cannot be ended; a process can, and lets go of its locks as it ends.
 */
export class EngineProcess implements EngineHost {
  readonly #process: ChildProcess;
  /** Missing when the system had no process to give. */
  readonly #pipe: Socket | undefined;
  readonly #ended = new Deferred<void>();
  #takesEffect = false;

  constructor(path: string, events: EngineEvents) {
    // stdout is the wire and the environment holds secrets: the process gets neither.
    this.#process = spawn(process.execPath, [fileURLToPath(workerUrl('sqlite-worker'))], {
      env: environment(),
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const onEnd = (cause?: Error) => {
      events.onEnd(cause);
      this.#ended.resolve();
    };
    this.#process.on('error', onEnd);
    this.#process.on('close', () => onEnd());
    const stdio = (this.#process.stdio ?? []) as readonly (Socket | null | undefined)[];
    // Never written to: it closes with this process.
    stdio[ownerFd]?.on('error', ignore).unref();
    this.#pipe = stdio[pipeFd] ?? undefined;
    const frames = new FrameReader();
    this.#pipe?.on('error', ignore).on('data', (chunk: Buffer) => {
      for (const reply of frames.push(chunk) as Iterable<ProcessReply>) {
        if (reply.kind === 'takes-effect') this.#takesEffect = true;
        else events.onReply(reply);
      }
    });
    this.#pipe?.write(frameOf(path));
  }

  get takesEffect(): boolean {
    return this.#takesEffect;
  }

  post(request: WorkerRequest): void {
    this.#pipe?.write(frameOf(request));
  }

  callOff(): 'takes-effect' | 'undecided' {
    return this.#takesEffect ? 'takes-effect' : 'undecided';
  }

  rest(): void {
    this.#takesEffect = false;
  }

  keepAlive(keep: boolean): void {
    for (const handle of [this.#process, this.#pipe]) {
      if (keep) handle?.ref();
      else handle?.unref();
    }
  }

  async end(): Promise<void> {
    this.keepAlive(true);
    this.#process.kill('SIGKILL');
    await this.#ended.promise;
  }
}

/** What failed shows when the process ends. */
function ignore(): void {}

/** Where SQLite keeps temporary files, and what Windows starts no program without. */
function environment(): NodeJS.ProcessEnv {
  const names = ['SQLITE_TMPDIR', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
