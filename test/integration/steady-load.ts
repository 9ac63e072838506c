import { withDeadline } from '../../src/foundation/index.js';

/** Work that is done over and over, of several kinds at once, until it is stopped. */
export class SteadyLoad {
  readonly failures: unknown[] = [];
  readonly #counts = new Map<string, number>();
  readonly #workers: Promise<void>[] = [];
  #isStopped = false;
  #progressed: () => void = () => undefined;

  start(kind: string, work: () => Promise<unknown>): void {
    this.#counts.set(kind, this.#counts.get(kind) ?? 0);
    this.#workers.push(this.#repeat(kind, work));
  }

  /** Resolves when each kind was done so many times more, or one has failed. */
  async progress(times: number): Promise<void> {
    const goals = [...this.#counts].map(([kind, count]) => [kind, count + times] as const);
    const reached = () => this.failures.length > 0 || goals.every(([kind, goal]) => this.#counts.get(kind)! >= goal);
    const all = new Promise<void>((resolve) => {
      this.#progressed = () => void (reached() && resolve());
      this.#progressed();
    });
    await withDeadline(all, 40_000, () => new Error(`no progress: ${JSON.stringify([...this.#counts])}`));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#workers);
  }

  async #repeat(kind: string, work: () => Promise<unknown>): Promise<void> {
    while (!this.#isStopped) {
      try {
        await work();
        this.#counts.set(kind, this.#counts.get(kind)! + 1);
      } catch (error) {
        this.failures.push(error);
        this.#isStopped = true;
      }
      this.#progressed();
    }
  }
}
