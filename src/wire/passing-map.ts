/** How many are taken out before a map begins anew; few enough that what it keeps alive is little. */
const renewAfter = 1_000;

/**
 * A `Map` of what comes and goes all the time. A `Map` that has seen much of that keeps what was taken out of it alive, in
 * the tables it has outgrown, until the whole heap is collected; so there is a new one every now and then.
 */
export class PassingMap<K, V> {
  #map = new Map<K, V>();
  #taken = 0;

  get size(): number {
    return this.#map.size;
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  set(key: K, value: V): void {
    this.#map.set(key, value);
  }

  delete(key: K): void {
    if (!this.#map.delete(key)) return;
    this.#taken += 1;
    if (this.#taken < renewAfter + this.#map.size) return;
    this.#taken = 0;
    this.#map = new Map(this.#map);
  }

  /** As they are now: what happens meanwhile does not show. */
  entries(): [K, V][] {
    return [...this.#map];
  }
}
