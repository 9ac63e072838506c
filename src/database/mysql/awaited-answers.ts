import type { MysqlResponse } from './mysql-response.js';
import type { StatementReport } from './statement-guard.js';

/** A command that the backend answers. */
export interface Asked {
  readonly response: MysqlResponse;
  readonly command: number;
  readonly report?: StatementReport | undefined;
  /** Of a question of the relay's own, whose answer the driver must never see. */
  readonly own?: (response: MysqlResponse) => void;
}

/** An answer of the relay's own to what the driver asked. */
interface Local {
  readonly local: Uint8Array;
}

/** Commands sent ahead of their answers; drivers send one at a time. */
const most = 1000;

/** What is to be answered, in the order in which it was asked. */
export class AwaitedAnswers {
  #awaited: (Asked | Local)[] = [];

  get isEmpty(): boolean {
    return this.#awaited.length === 0;
  }

  get isFull(): boolean {
    return this.#awaited.length >= most;
  }

  /** What the backend answers now; undefined where nothing is asked, or the relay answers first. */
  get asked(): Asked | undefined {
    const [first] = this.#awaited;
    return first === undefined || isLocal(first) ? undefined : first;
  }

  /** Of those, what the driver asked. */
  get askedByDriver(): Asked | undefined {
    const { asked } = this;
    return asked?.own === undefined ? asked : undefined;
  }

  /** Whether the backend is to answer the driver. */
  get isRunning(): boolean {
    return this.#awaited.some((awaited) => !isLocal(awaited) && awaited.own === undefined);
  }

  /** Whether the driver waits for something, whoever answers. */
  get isDriverWaiting(): boolean {
    return this.#awaited.some((awaited) => isLocal(awaited) || awaited.own === undefined);
  }

  /** Whether part of an answer came. */
  get hasBegun(): boolean {
    return this.#awaited.some((awaited) => !isLocal(awaited) && awaited.response.begun);
  }

  isOwn(own: Asked['own']): boolean {
    return this.#awaited.some((awaited) => !isLocal(awaited) && awaited.own === own);
  }

  ask(asked: Asked): void {
    this.#awaited.push(asked);
  }

  answer(local: Uint8Array): void {
    this.#awaited.push({ local });
  }

  /** The first of them is answered. */
  settle(): void {
    this.#awaited.shift();
  }

  /** What the relay answers before the backend answers again. */
  takeLocals(): Uint8Array[] {
    const taken: Uint8Array[] = [];
    for (let [first] = this.#awaited; first !== undefined && isLocal(first); [first] = this.#awaited) {
      taken.push(first.local);
      this.#awaited.shift();
    }
    return taken;
  }

  /** The backend answers nothing of it: the driver gets this instead. */
  failAll(failure: Uint8Array): void {
    this.#awaited = this.#awaited
      .filter((awaited) => isLocal(awaited) || awaited.own === undefined)
      .map((awaited) => (isLocal(awaited) ? awaited : { local: failure }));
  }

  clear(): void {
    this.#awaited = [];
  }
}

function isLocal(awaited: Asked | Local): awaited is Local {
  return 'local' in awaited;
}
