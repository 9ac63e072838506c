import { Deferred } from '../foundation/index.js';

/** Runs the work for a key once for all who ask while it runs. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Deferred<T>>();

  /**
   * Joins the work under way for `key`, or starts `work`. Its argument tells whether the work still speaks for the key:
   * false once somebody called `forget` meanwhile.
   */
  run(key: string, work: (isCurrent: () => boolean) => Promise<T>): Promise<T> {
    const underWay = this.#flights.get(key);
    if (underWay) return underWay.promise;
    const flight = new Deferred<T>();
    this.#flights.set(key, flight);
    const isCurrent = () => this.#flights.get(key) === flight;
    const landed = work(isCurrent).finally(() => {
      if (isCurrent()) this.#flights.delete(key);
    });
    flight.resolve(landed);
    return flight.promise;
  }

  /** Later callers start anew; those who wait already still get the result. */
  forget(key: string): void {
    this.#flights.delete(key);
  }

  forgetAll(): void {
    this.#flights.clear();
  }
}
