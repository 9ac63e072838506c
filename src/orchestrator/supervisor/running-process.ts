import { sleep } from '../../foundation/index.js';
import { endGroup, signalGroup } from './process-group.js';
import { isSameProcess } from './process-identity.js';

const pollMs = 200;
const killMs = 5_000;

/** A process that another one started, as the leader of a group of its own. */
export class RunningProcess {
  readonly pid: number;
  /** What `processIdentity` said of it. */
  readonly identity: string;

  constructor(pid: number, identity: string) {
    this.pid = pid;
    this.identity = identity;
  }

  get isRunning(): boolean {
    return isSameProcess(this.pid, this.identity);
  }

  /** To its whole group. Does nothing once it has ended. */
  signal(name: NodeJS.Signals): void {
    if (this.isRunning) signalGroup(this.pid, name);
  }

  /**
   * Resolves with true once neither it nor what it started runs any more, with false when `signal` aborts before. The
   * system tells nobody but its parent, so it is looked at several times a second.
   */
  async exited(signal?: AbortSignal): Promise<boolean> {
    while (this.isRunning) {
      if (signal?.aborted) return false;
      await sleep(pollMs, signal);
    }
    // Its children are no use without it, and would keep its ports and files.
    await endGroup(this.pid);
    return true;
  }

  /** Asks it to end, and kills it after that time. False when not even that ended it. */
  async end(graceMs: number): Promise<boolean> {
    this.signal('SIGTERM');
    if (await this.exited(AbortSignal.timeout(Math.max(1, graceMs)))) return true;
    this.signal('SIGKILL');
    return this.exited(AbortSignal.timeout(killMs));
  }
}
