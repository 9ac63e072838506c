import { DatabaseError } from '../database-error.js';
import { noneCameFree, onlyConnection } from '../pool-errors.js';
import { WaitingLine } from '../waiting-line.js';
import type { StatementLimit } from '../statement-limit.js';
import { withDeadline } from '../../foundation/index.js';

export interface ConnectionGateOptions {
  readonly name: string;
  readonly max: number;
  /** Whether all of them share one connection to the engine. */
  readonly isSingle: boolean;
  readonly acquireTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** Why nobody can log in at the moment, for those who waited in vain. */
  readonly refusal?: (() => DatabaseError | undefined) | undefined;
}

/** Who waits is turned away by time; this only bounds memory. */
const maxWaiting = 10_000;

/** As many callers at once as the pool has connections; the others wait here, first come first served, for a while. */
export class ConnectionGate {
  readonly #line: WaitingLine;
  readonly #options: ConnectionGateOptions;

  constructor(options: ConnectionGateOptions) {
    const { name, max, isSingle, acquireTimeoutMs, refusal } = options;
    this.#options = options;
    this.#line = new WaitingLine({
      places: max,
      maxWaiting,
      maxWaitMs: acquireTimeoutMs,
      tooLong: (waitedMs) => {
        const cure = isSingle ? onlyConnection : 'Is a transaction left open?';
        return refusal?.() ?? noneCameFree(name, waitedMs, cure);
      },
    });
  }

  /** Resolves with what gives the place back. POOL when none came free in time, CLOSED after `close`. */
  enter(limit: StatementLimit): Promise<() => void> {
    return this.#line.enter(limit);
  }

  /** Refuses new callers and waits a while for those inside. */
  async close(): Promise<void> {
    const { name, closeTimeoutMs } = this.#options;
    this.#line.close(new DatabaseError('CLOSED', `database '${name}' is closed`));
    await withDeadline(this.#line.emptied(), closeTimeoutMs, () => undefined).catch(() => undefined);
  }
}
