import { settlesWithin } from '../../foundation/index.js';
import { frame, query, sync } from '../postgres/postgres-frames.js';
import type { PgliteThread } from './pglite-thread.js';

export interface PgliteSessionOptions {
  /** Starts PostgreSQL: once, or again where its data is in a directory. */
  readonly start: () => Promise<PgliteThread>;
  /** Whether the data outlives the thread. */
  readonly isRestartable: boolean;
}

/** The connection that has the session. */
export interface PgliteHolder {
  /** What a request to cancel names, of 8 bytes. */
  readonly cancelKey: Buffer;
  /** What it runs was ended: it gets no answer, and leaves. */
  interrupted(): void;
}

const closeTimeoutMs = 5_000;
const cancelGraceMs = 200;
/** How long what still runs for a connection that is gone may go on before it is ended. */
const leaveGraceMs = 1_000;

// The end of a COPY that is under way, of what waits for a Sync, of the transaction, and of all the session holds.
const resetting: readonly Uint8Array[] = [
  frame('f', Buffer.from('the connection was given back\0')),
  sync,
  query('ROLLBACK'),
  query('DISCARD ALL'),
];

/**
 * The one session that PGlite has, for one connection at a time. A statement is ended together with the thread that runs
 * it, which rolls back as a server that fails does, and a new thread starts on the directory. In memory there is no
 * second chance: there the connection is answered at once, and the next has its turn when the statement has ended.
 */
export class PgliteSession {
  readonly #options: PgliteSessionOptions;
  #thread: Promise<PgliteThread> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #holder: PgliteHolder | undefined;
  #running: Promise<void> | undefined;

  constructor(options: PgliteSessionOptions) {
    this.#options = options;
  }

  /** Rejects when PostgreSQL cannot be started. */
  async start(): Promise<void> {
    await this.#started();
  }

  /** Resolves, in turn, with the function that gives the session back, like new for the next. */
  async enter(holder: PgliteHolder): Promise<() => void> {
    const before = this.#last;
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    this.#last = before.then(() => left).then(() => this.#reset());
    await before;
    this.#holder = holder;
    return () => {
      if (this.#holder === holder) this.#holder = undefined;
      leave();
    };
  }

  async run(messages: Uint8Array, onAnswer: (bytes: Buffer) => void): Promise<void> {
    const thread = await this.#started();
    const running = thread.run(messages, onAnswer);
    this.#running = running;
    try {
      await running;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** Ends what runs for the connection with that key; nothing when it ends by itself, or another has the session. */
  async cancel(key: Uint8Array): Promise<void> {
    const [running, holder] = [this.#running, this.#holder];
    if (running === undefined || !holder?.cancelKey.equals(key)) return;
    // To start again takes longer than most of what is cancelled.
    if ((await settlesWithin(running, cancelGraceMs)) || this.#holder !== holder) return;
    holder.interrupted();
    void this.#interrupt();
  }

  /** When the connection that uses it is closed, or does not end in time. */
  async close(): Promise<void> {
    await settlesWithin(this.#last, closeTimeoutMs);
    const thread = await this.#thread?.catch(() => undefined);
    await thread?.close(closeTimeoutMs);
  }

  async #interrupt(): Promise<void> {
    const thread = await this.#thread?.catch(() => undefined);
    if (this.#options.isRestartable) await thread?.end();
  }

  async #reset(): Promise<void> {
    if (this.#running && !(await settlesWithin(this.#running, leaveGraceMs))) await this.#interrupt();
    // A server that cannot do that answers no later message, either, and says so there.
    for (const bytes of resetting) await this.run(bytes, () => undefined).catch(() => undefined);
  }

  /** The thread, or the next on the same directory when it has ended: two must not meet there. */
  #started(): Promise<PgliteThread> {
    this.#thread = this.#next(this.#thread);
    return this.#thread;
  }

  async #next(before: Promise<PgliteThread> | undefined): Promise<PgliteThread> {
    const { start, isRestartable } = this.#options;
    const thread = await before?.catch(() => undefined);
    if (thread?.isUsable || (thread && !isRestartable)) return thread;
    await thread?.end();
    return start();
  }
}
