import type { Redis } from 'ioredis';
import { DeadlineWatch, Deferred, settlesWithin } from '../../foundation/index.js';
import type { RedisClient } from './redis-client.js';
import { isEndOfSentinels, isNotSent, isRefusedDatabase, isRefusedLogin, withoutCommand } from './redis-error.js';

const drainMs = 10_000;
const quitMs = 1_000;

/** Until when an operation may take, and what becomes of it otherwise. */
export interface OperationTerms<T> {
  /** A reading of `performance.now()`. */
  readonly dueAt: number;
  /** What it rejects with then. */
  readonly late: () => unknown;
  /** How it goes on when the connection was lost before it was sent. */
  readonly unsent: (error: unknown) => Promise<T>;
}

interface Operation<T> {
  /** Where it stands among those that run. */
  at: number;
  dueAt: number;
  readonly terms: OperationTerms<T>;
  readonly work: (client: RedisClient) => Promise<T>;
  readonly resolve: (result: T | Promise<T>) => void;
  readonly reject: (error: unknown) => void;
}

/** One client of one credential, with what runs on it. Whoever made it closes it. */
export class RedisConnection {
  readonly #running: Operation<unknown>[] = [];
  readonly #deadlines = new DeadlineWatch((now) => this.#failDue(now));
  #waiting: Operation<unknown>[] = [];
  #idle: Deferred<void> | undefined;
  #change = new Deferred<void>();
  /** ioredis calls itself ready in database 0 where its own was refused. */
  #isElsewhere = false;
  /** Why it is not connected, since it was last. */
  trouble: unknown;

  constructor(
    readonly client: RedisClient,
    private readonly told: { readonly lost: (why: unknown) => void; readonly ready: () => void },
  ) {
    client.on('error', (error: unknown) => {
      // Why the connection is none is known already, or will be.
      if (isEndOfSentinels(error) || isNotSent(error)) return;
      const isNew = this.trouble === undefined;
      if (isRefusedDatabase(error)) this.#isElsewhere = true;
      this.trouble = withoutCommand(error);
      if (isNew) this.told.lost(error);
      this.#changed();
    });
    client.on('ready', () => {
      if (this.#isElsewhere) return;
      this.trouble = undefined;
      this.told.ready();
      this.#changed();
    });
    client.on('close', () => {
      this.#isElsewhere = false;
      this.#changed();
    });
    // What comes of it is told by the events.
    client.connect().catch(() => undefined);
  }

  get isReady(): boolean {
    return this.client.status === 'ready' && !this.#isElsewhere;
  }

  /** How many operations run on it. */
  get underWay(): number {
    return this.#running.length;
  }

  get isRefused(): boolean {
    return isRefusedLogin(this.trouble);
  }

  /** Resolves when it has become ready, met trouble or closed. */
  get change(): Promise<void> {
    return this.#change.promise;
  }

  /**
   * Begins at the end of this turn of the event loop, together with what else was asked for in it, so that their commands
   * are one write. Until then nothing was sent: a connection that is found lost meanwhile costs nobody anything.
   */
  run<T>(work: (client: RedisClient) => Promise<T>, terms: OperationTerms<T>): Promise<T> {
    // One promise an operation, and no timer: this is done for every read.
    return new Promise<T>((resolve, reject) => {
      const { dueAt } = terms;
      const operation = { work, terms, resolve, reject, dueAt, at: this.#running.length } as Operation<unknown>;
      this.#running.push(operation);
      this.#deadlines.add(dueAt);
      if (this.#waiting.push(operation) === 1) setImmediate(() => this.#begin());
    });
  }

  #start(operation: Operation<unknown>): void {
    const failed = (error: unknown) => {
      this.#ended(operation);
      if (isNotSent(error)) operation.resolve(operation.terms.unsent(error));
      else operation.reject(error);
    };
    try {
      operation.work(this.client).then((result) => {
        this.#ended(operation);
        operation.resolve(result);
      }, failed);
    } catch (error) {
      failed(error);
    }
  }

  #ended(operation: Operation<unknown>): void {
    // The last takes its place: a Set costs more than all else that is done here for a read.
    const last = this.#running.pop()!;
    if (last !== operation) {
      this.#running[operation.at] = last;
      last.at = operation.at;
    }
    if (this.#running.length === 0) this.#idle?.resolve();
  }

  /** What is late runs on. Returns when the next is due. */
  #failDue(now: number): number {
    let next = Infinity;
    for (const operation of this.#running) {
      if (operation.dueAt <= now) {
        operation.dueAt = Infinity;
        operation.reject(operation.terms.late());
      }
      next = Math.min(next, operation.dueAt);
    }
    return next;
  }

  /** Lets what runs and is not late yet end, for at most ten seconds, then disconnects. */
  async close(): Promise<void> {
    const lastDue = Math.max(...this.#running.map(({ dueAt }) => (dueAt === Infinity ? 0 : dueAt)));
    const waitMs = Math.min(drainMs, lastDue - performance.now());
    if (waitMs > 0) {
      this.#idle ??= new Deferred();
      await settlesWithin(this.#idle.promise, waitMs);
    }
    if (this.isReady)
      await settlesWithin(
        this.client.quit().catch(() => undefined),
        quitMs,
      );
    this.#deadlines.stop();
    this.client.disconnect();
    this.#changed();
  }

  #begin(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    // A cluster has a stream for each node, and pipelines by itself.
    const stream = this.client.isCluster ? undefined : (this.client as Redis).stream;
    stream?.cork();
    for (const operation of waiting) this.#start(operation);
    stream?.uncork();
  }

  #changed(): void {
    const change = this.#change;
    this.#change = new Deferred();
    change.resolve();
  }
}
