import type { Worker } from 'node:worker_threads';

/** When each thread that has not ended yet was told to end. */
const ending = new Map<Worker, number>();
const patienceMs = 1_000;

/**
 * Ends a thread. Resolves when it has ended, which may take as long as the statement it runs: nothing can interrupt the
 * engine between two rows, and a count over an endless join has no second row. Leaving the process would wait for such
 * a thread, too, so a process that exits while one has not ended for a second ends itself with SIGKILL instead.
 */
export async function endThread(worker: Worker): Promise<void> {
  if (ending.size === 0) process.on('exit', endProcess);
  ending.set(worker, performance.now());
  try {
    await worker.terminate();
  } finally {
    ending.delete(worker);
    if (ending.size === 0) process.off('exit', endProcess);
  }
}

function endProcess(): void {
  const now = performance.now();
  if ([...ending.values()].some((since) => now - since > patienceMs)) process.kill(process.pid, 'SIGKILL');
}
