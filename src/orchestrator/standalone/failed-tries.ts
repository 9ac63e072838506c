const windowMs = 60_000;
const mostPerWindow = 10;
const mostAddresses = 1_000;

/** Who has shown a wrong token too often waits a minute, counted by address. */
export class FailedTries {
  readonly #tries = new Map<string, { count: number; readonly since: number }>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  isBlocked(address: string): boolean {
    const tries = this.#tries.get(address);
    if (!tries) return false;
    if (this.now() - tries.since < windowMs) return tries.count >= mostPerWindow;
    this.#tries.delete(address);
    return false;
  }

  failed(address: string): void {
    const tries = this.#tries.get(address);
    if (tries && this.now() - tries.since < windowMs) tries.count += 1;
    else this.#tries.set(address, { count: 1, since: this.now() });
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > mostAddresses && oldest !== undefined) this.#tries.delete(oldest);
  }
}
