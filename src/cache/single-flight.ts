import { Deferred } from '../foundation/index.js';

interface Flight<T> {
  readonly landing: Deferred<T>;
  readonly tags: readonly string[];
}

/** Runs the work for a key once for all who ask while it runs. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * Joins the work under way for `key`, or starts `work`. Its argument tells whether the work still speaks for the key:
   * false once somebody called `forget` meanwhile, or `forgetTagged` with one of its tags.
   */
  run(key: string, work: (isCurrent: () => boolean) => Promise<T>, tags: readonly string[] = []): Promise<T> {
    const underWay = this.#flights.get(key);
    if (underWay) return underWay.landing.promise;
    const flight = { landing: new Deferred<T>(), tags };
    this.#flights.set(key, flight);
    const isCurrent = () => this.#flights.get(key) === flight;
    const landed = work(isCurrent).finally(() => {
      if (isCurrent()) this.#flights.delete(key);
    });
    flight.landing.resolve(landed);
    return flight.landing.promise;
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Later callers start anew; those who wait already still get the result. */
  forget(key: string): void {
    this.#flights.delete(key);
  }

  forgetTagged(tags: readonly string[]): void {
    for (const [key, flight] of this.#flights) if (flight.tags.some((tag) => tags.includes(tag))) this.forget(key);
  }

  /** As `forget`, of every key that begins so. */
  forgetAll(prefix: string): void {
    for (const key of this.#flights.keys()) if (key.startsWith(prefix)) this.forget(key);
  }
}
