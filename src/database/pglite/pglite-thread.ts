import { Worker } from 'node:worker_threads';
import { Deferred, settlesWithin, withDeadline } from '../../foundation/index.js';
import { workerUrl } from '../worker-location.js';
import type { PgliteFailure, PgliteOptions, PgliteReply, PgliteRequest } from './pglite-messages.js';

const startTimeoutMs = 120_000;

interface Run {
  readonly onAnswer: (bytes: Buffer) => void;
  readonly done: Deferred<void>;
}

/** An error of PGlite as it was thrown in its thread. */
export class PgliteError extends Error {
  readonly code: string | undefined;

  constructor({ message, code }: PgliteFailure) {
    super(message);
    this.name = 'PgliteError';
    this.code = code;
  }
}

/** PostgreSQL on a thread of its own. What it runs can be ended only together with the thread. */
export class PgliteThread {
  readonly #worker: Worker;
  readonly #opened = new Deferred<void>();
  readonly #exited = new Deferred<void>();
  readonly #runs: Run[] = [];
  #lost: Error | undefined;

  private constructor(directory: string | undefined) {
    // stdout is the wire and the environment holds secrets: the worker gets neither.
    this.#worker = new Worker(workerUrl('pglite-worker'), {
      workerData: { directory } satisfies PgliteOptions,
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    this.#worker.on('message', (reply: PgliteReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', () => this.#ended(new Error('the thread of PGlite has ended')));
  }

  /** Rejects with a `PgliteError`. A new cluster takes seconds. */
  static async start(directory: string | undefined): Promise<PgliteThread> {
    const thread = new PgliteThread(directory);
    try {
      await withDeadline(thread.#opened.promise, startTimeoutMs, () => {
        return new PgliteError({ message: `PGlite did not start within ${startTimeoutMs} ms` });
      });
    } catch (error) {
      await thread.end();
      throw error;
    }
    thread.#worker.unref();
    return thread;
  }

  get isUsable(): boolean {
    return this.#lost === undefined;
  }

  /** Runs whole messages of PostgreSQL's protocol. Rejects when the thread ends first, or PGlite breaks down. */
  run(messages: Uint8Array, onAnswer: (bytes: Buffer) => void): Promise<void> {
    if (this.#lost) return Promise.reject(this.#lost);
    const done = new Deferred<void>();
    this.#runs.push({ onAnswer, done });
    this.#send({ kind: 'run', messages });
    return done.promise;
  }

  /** Lets it write what it has, for `graceMs`, and ends it. */
  async close(graceMs: number): Promise<void> {
    if (this.#lost === undefined) {
      this.#send({ kind: 'close' });
      await settlesWithin(this.#exited.promise, graceMs);
    }
    await this.end();
  }

  /** Ends it at once, with what it runs. What is in a directory is as if the machine had failed: what was committed is kept. */
  async end(): Promise<void> {
    this.#lost ??= new Error('the thread of PGlite was ended');
    await this.#worker.terminate();
  }

  #send(request: PgliteRequest): void {
    this.#worker.ref();
    this.#worker.postMessage(request);
  }

  #receive(reply: PgliteReply): void {
    switch (reply.kind) {
      case 'opened':
        return this.#opened.resolve();
      case 'open-failed':
        return this.#opened.reject(new PgliteError(reply.failure));
      case 'answer': {
        const { buffer, byteOffset, byteLength } = reply.bytes;
        return this.#runs[0]?.onAnswer(Buffer.from(buffer, byteOffset, byteLength));
      }
      case 'done': {
        const run = this.#runs.shift();
        if (this.#runs.length === 0) this.#worker.unref();
        if (!reply.failure) return run?.done.resolve();
        this.#lost ??= new PgliteError(reply.failure);
        run?.done.reject(this.#lost);
      }
    }
  }

  #ended(reason: Error): void {
    this.#lost ??= reason;
    this.#opened.reject(this.#lost);
    for (const { done } of this.#runs.splice(0)) done.reject(this.#lost);
    this.#exited.resolve();
  }
}
