const mostNames = 1_000;

/** The secrets that somebody asked for and nobody had: who starts without one goes on without it. */
export class MissedSecrets {
  readonly #names = new Set<string>();

  note(name: string): void {
    if (this.#names.size < mostNames) this.#names.add(name);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** It is there now. */
  found(name: string): void {
    this.#names.delete(name);
  }
}
