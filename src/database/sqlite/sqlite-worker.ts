/** The program of one SQLite connection: of a file as a process of its own, of memory as a thread of its owner's process. */
import { readSync, writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { deserialize } from 'node:v8';
import { frameOf, headerBytes } from './pipe-frames.js';
import { describeFailure, type StatementControl, StatementWorker } from './statement-worker.js';
import {
  ownerFd,
  pipeFd,
  type ProcessReply,
  progress,
  type StatementOutcome,
  type ThreadOptions,
  type WorkerReply,
  type WorkerRequest,
} from './worker-messages.js';

if (isMainThread) await serveProcess();
else if (workerData === 'watch') watchOwner();
else await serveThread(workerData as ThreadOptions);

async function serveThread({ path, control }: ThreadOptions): Promise<void> {
  const port = parentPort!;
  const state = new Int32Array(control);
  const reply = (message: WorkerReply) => port.postMessage(message);
  const worker = await open(path, reply, {
    get isCancelled() {
      return Atomics.load(state, 0) === progress.cancelled;
    },
    takeEffect: () => Atomics.compareExchange(state, 0, progress.free, progress.takingEffect) !== progress.cancelled,
    reset: () => void Atomics.store(state, 0, progress.free),
  });
  port.on('message', (request: WorkerRequest) => {
    answer(worker, request, reply);
    if (request.kind === 'close') port.close();
  });
}

/** Waits for each request in `read`, without an event loop, which costs time. */
async function serveProcess(): Promise<void> {
  // A terminal sends these to every process of the group: the owner decides when this one ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const reply = (message: ProcessReply) => {
    const frame = frameOf(message);
    for (let written = 0; written < frame.length;) written += writeSync(pipeFd, frame, written);
  };
  const takeEffect = () => {
    reply({ kind: 'takes-effect' });
    return true;
  };
  const worker = await open(read() as string, reply, { isCancelled: false, takeEffect, reset: () => undefined });
  const watch = new Worker(new URL(import.meta.url), { workerData: 'watch', env: {}, execArgv: [] });
  watch.unref();
  for (let request = read(); request !== undefined; request = read()) {
    answer(worker, request as WorkerRequest, reply);
    if ((request as WorkerRequest).kind === 'close') break;
  }
  endProcess();
}

/** Ends the process with its owner, even while the engine keeps the main thread busy. */
function watchOwner(): void {
  try {
    readSync(ownerFd, Buffer.alloc(1));
  } finally {
    endProcess();
  }
}

/** `process.exit` would wait for the thread that watches. */
function endProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function open(
  path: string,
  reply: (message: WorkerReply) => void,
  control: StatementControl,
): Promise<StatementWorker> {
  try {
    const worker = await StatementWorker.open(path, control);
    reply({ kind: 'opened' });
    return worker;
  } catch (error) {
    reply({ kind: 'open-failed', failure: describeFailure(error) });
    process.exit();
  }
}

function answer(worker: StatementWorker, request: WorkerRequest, reply: (message: WorkerReply) => void): void {
  const done = (outcome: StatementOutcome) =>
    reply({ kind: 'outcome', id: request.id, outcome, inTransaction: worker.inTransaction });
  switch (request.kind) {
    case 'statement':
      return done(worker.run(request));
    case 'reset':
      worker.reset();
      return done({ kind: 'cancelled' });
    case 'close':
      worker.close();
      return done({ kind: 'cancelled' });
  }
}

/** The next message; undefined when the owner is gone. */
function read(): unknown {
  const header = readBytes(headerBytes);
  const body = header && readBytes(header.readUInt32LE());
  return body && deserialize(body);
}

function readBytes(length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length;) {
    const count = readSync(pipeFd, bytes, filled, length - filled, null);
    if (count === 0) return undefined;
    filled += count;
  }
  return bytes;
}
