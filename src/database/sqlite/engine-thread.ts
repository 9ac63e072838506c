import { Worker } from 'node:worker_threads';
import { workerUrl } from '../worker-location.js';
import { endThread } from './end-thread.js';
import type { EngineEvents, EngineHost } from './engine-host.js';
import { progress, type ThreadOptions, type WorkerReply, type WorkerRequest } from './worker-messages.js';

/** An engine on a thread of this process: for `:memory:`, whose statements can be called off without losing its data. */
export class EngineThread implements EngineHost {
  readonly #worker: Worker;
  readonly #state: Int32Array;

  constructor(path: string, events: EngineEvents) {
    const options: ThreadOptions = { path, control: new SharedArrayBuffer(4) };
    this.#state = new Int32Array(options.control);
    // stdout is the wire and the environment holds secrets: the worker gets neither.
    this.#worker = new Worker(workerUrl('sqlite-worker'), {
      workerData: options,
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    this.#worker.on('message', (reply: WorkerReply) => events.onReply(reply));
    this.#worker.on('error', (error) => events.onEnd(error));
    this.#worker.on('exit', () => events.onEnd());
  }

  get takesEffect(): boolean {
    return Atomics.load(this.#state, 0) === progress.takingEffect;
  }

  post(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  callOff(): 'called-off' | 'takes-effect' {
    const before = Atomics.compareExchange(this.#state, 0, progress.free, progress.cancelled);
    return before === progress.takingEffect ? 'takes-effect' : 'called-off';
  }

  rest(): void {
    Atomics.compareExchange(this.#state, 0, progress.takingEffect, progress.free);
  }

  keepAlive(keep: boolean): void {
    if (keep) this.#worker.ref();
    else this.#worker.unref();
  }

  end(): Promise<void> {
    return endThread(this.#worker);
  }
}
