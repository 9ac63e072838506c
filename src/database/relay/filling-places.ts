/** Places of a pool that are being filled, by owner. */
export class FillingPlaces {
  readonly #byOwner = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  of(owner: string): number {
    return this.#byOwner.get(owner) ?? 0;
  }

  /** Counts a place for `owner` until `work` is done, which must not reject; then calls `done`. */
  during(owner: string, work: () => Promise<void>, done: () => void): void {
    this.#add(owner, 1);
    void work().finally(() => {
      this.#add(owner, -1);
      done();
    });
  }

  #add(owner: string, by: number): void {
    this.#size += by;
    const left = this.of(owner) + by;
    if (left === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, left);
  }
}
