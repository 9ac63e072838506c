import { Deferred } from '../../foundation/index.js';
import type { BackendHolder, Lease } from './lease.js';
import type { SessionParameters } from './relay-engine.js';

/** Somebody who waits for a backend. */
export class PoolRequest {
  readonly holder: BackendHolder;
  readonly parameters: SessionParameters;
  /** Equal for equal parameters. */
  readonly key: string;
  readonly granted = new Deferred<Lease>();
  readonly #since = performance.now();
  readonly #timer: NodeJS.Timeout;
  #isOver = false;

  constructor(holder: BackendHolder, parameters: SessionParameters, ms: number, onTimeout: (waitedMs: number) => void) {
    this.holder = holder;
    this.parameters = parameters;
    this.key = keyOf(parameters);
    this.#timer = setTimeout(() => onTimeout(Math.round(this.waitedMs)), ms);
  }

  get waitedMs(): number {
    return performance.now() - this.#since;
  }

  /** Nobody waits any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  resolve(lease: Lease): void {
    this.end();
    this.granted.resolve(lease);
  }

  reject(error: unknown): void {
    this.end();
    this.granted.reject(error);
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

/** Requests in the order they came, module by module. */
export class PoolQueue {
  readonly #waiting = new Map<string, PoolRequest[]>();
  /** Served, but the backend is not ready yet. */
  readonly #underWay = new Set<PoolRequest>();

  get size(): number {
    let size = 0;
    for (const requests of this.#waiting.values()) size += requests.length;
    return size;
  }

  /** Of whoever is next among those of a module; 0 when nobody waits. */
  get longestWaitMs(): number {
    return Math.max(0, ...[...this.#waiting.values()].map(([first]) => first?.waitedMs ?? 0));
  }

  sizeOf(owner: string): number {
    return this.#waiting.get(owner)?.length ?? 0;
  }

  /** In the order in which they are to be served. */
  owners(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  first(owner: string): PoolRequest | undefined {
    return this.#waiting.get(owner)?.[0];
  }

  add(
    holder: BackendHolder,
    parameters: SessionParameters,
    timeoutMs: number,
    timedOut: (waitedMs: number) => Error,
  ): Promise<Lease> {
    const request = new PoolRequest(holder, parameters, timeoutMs, (waitedMs) => {
      const error = timedOut(waitedMs);
      this.#drop(request);
      request.reject(error);
    });
    const requests = this.#waiting.get(holder.owner);
    if (requests) requests.push(request);
    else this.#waiting.set(holder.owner, [request]);
    const forget = () => void this.#underWay.delete(request);
    request.granted.promise.then(forget, forget);
    return request.granted.promise;
  }

  /** It is being served. */
  take(request: PoolRequest): void {
    this.#drop(request);
    this.#underWay.add(request);
  }

  /** The next turn is another's. */
  rotate(owner: string): void {
    const requests = this.#waiting.get(owner);
    if (requests === undefined) return;
    this.#waiting.delete(owner);
    this.#waiting.set(owner, requests);
  }

  remove(holder: BackendHolder): void {
    for (const request of [...(this.#waiting.get(holder.owner) ?? []), ...this.#underWay]) {
      if (request.holder !== holder) continue;
      this.#drop(request);
      request.end();
      this.#underWay.delete(request);
    }
  }

  rejectAll(error: Error): void {
    const requests = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const request of [...requests, ...this.#underWay]) request.reject(error);
  }

  #drop(request: PoolRequest): void {
    const { owner } = request.holder;
    const left = (this.#waiting.get(owner) ?? []).filter((other) => other !== request);
    if (left.length > 0) this.#waiting.set(owner, left);
    else this.#waiting.delete(owner);
  }
}

function keyOf(parameters: SessionParameters): string {
  return JSON.stringify(Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
