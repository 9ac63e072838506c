import { Deferred, WireError } from '../foundation/index.js';
import { armCall } from './call-table.js';
import type { ServiceCallOptions } from './service.js';

interface PlainCall<T> {
  readonly lane: string;
  readonly send: () => void;
  readonly deferred: Deferred<T>;
  isAbandoned: boolean;
  silence: NodeJS.Timeout | undefined;
}

/** For calls whose answers always name their lane, so that a late one cannot be taken for another's. */
export interface Unanswered<T> {
  /** How long an answer is waited for from the moment the call was sent. */
  readonly afterMs: number;
  /** What the silence means. */
  readonly answer: (lane: string) => T;
}

const maxQueued = 10_000;

/**
 * Calls to a peer whose answers carry no correlation id (the plain protocol): one in flight per lane (a connection),
 * and only one over all lanes until an answer has shown that the peer names the lane. A call that timed out keeps its
 * place until its late answer came, so that an answer never reaches the next caller. With `unanswered` there is always
 * one call over all lanes, and one that stays unanswered makes room for the next.
 */
export class PlainCalls<T> {
  readonly #inFlight = new Map<string, PlainCall<T>>();
  #queue: PlainCall<T>[] = [];
  #namesLanes = false;
  #closed: Error | undefined;

  constructor(private readonly unanswered?: Unanswered<T>) {}

  async call(
    lane: string,
    what: string,
    options: ServiceCallOptions & { timeoutMs: number },
    send: () => void,
  ): Promise<T> {
    if (this.#closed) throw this.#closed;
    options.signal?.throwIfAborted();
    if (this.#queue.length >= maxQueued) {
      throw new WireError(
        'BACKPRESSURE',
        `${what}: ${maxQueued} calls already wait for this peer, which answers one at a time`,
        { retryable: true },
      );
    }
    const call: PlainCall<T> = { lane, send, deferred: new Deferred<T>(), isAbandoned: false, silence: undefined };
    const stop = armCall(options, what, (error) => {
      call.isAbandoned = true;
      this.#queue = this.#queue.filter((queued) => queued !== call);
      call.deferred.reject(error);
      if (this.unanswered && this.#inFlight.get(lane) === call) this.#leave(lane);
    });
    this.#queue.push(call);
    this.#startNext();
    try {
      return await call.deferred.promise;
    } finally {
      stop();
      clearTimeout(call.silence);
    }
  }

  /** False when nothing waits for such an answer. */
  resolve(lane: string | undefined, value: T): boolean {
    if (lane !== undefined && !this.unanswered) this.#namesLanes = true;
    const key = lane ?? (this.#inFlight.size === 1 ? [...this.#inFlight.keys()][0] : undefined);
    const call = key === undefined ? undefined : this.#inFlight.get(key);
    if (key === undefined || call === undefined) return false;
    if (!call.isAbandoned) call.deferred.resolve(value);
    this.#leave(key);
    return true;
  }

  failAll(error: Error): void {
    this.#closed = error;
    const calls = [...this.#inFlight.values(), ...this.#queue];
    this.#inFlight.clear();
    this.#queue = [];
    for (const call of calls) call.deferred.reject(error);
  }

  #leave(lane: string): void {
    this.#inFlight.delete(lane);
    this.#startNext();
  }

  #startNext(): void {
    const waiting: PlainCall<T>[] = [];
    for (const call of this.#queue) {
      if (this.#canStart(call)) this.#send(call);
      else waiting.push(call);
    }
    this.#queue = waiting;
  }

  #canStart(call: PlainCall<T>): boolean {
    return this.#namesLanes ? !this.#inFlight.has(call.lane) : this.#inFlight.size === 0;
  }

  #send(call: PlainCall<T>): void {
    try {
      call.send();
      this.#inFlight.set(call.lane, call);
      const { unanswered } = this;
      if (unanswered)
        call.silence = setTimeout(() => this.resolve(call.lane, unanswered.answer(call.lane)), unanswered.afterMs);
    } catch (error) {
      call.deferred.reject(error);
    }
  }
}
