import { BootError, withDeadline } from '../foundation/index.js';

/** What a boot is doing right now, so that its deadline can name what is still pending. */
export class PendingSteps {
  readonly #steps = new Set<string>();
  #isOver = false;

  /** Whether the deadline has passed: what is finished now comes too late. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Counts `step` as pending until the returned function is called. Throws BOOT_TIMEOUT when the boot was given up. */
  begin(step: string): () => void {
    if (this.#isOver) throw new BootError('BOOT_TIMEOUT', `the boot was given up before ${step}`);
    this.#steps.add(step);
    return () => void this.#steps.delete(step);
  }

  /** Runs `work` while `step` counts as pending. */
  async during<T>(step: string, work: () => Promise<T>): Promise<T> {
    const finish = this.begin(step);
    try {
      return await work();
    } finally {
      finish();
    }
  }

  /** Settles as `work`, or rejects with BOOT_TIMEOUT naming every pending step. */
  within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
    return withDeadline(work, timeoutMs, () => {
      this.#isOver = true;
      const pending = [...this.#steps];
      return new BootError(
        'BOOT_TIMEOUT',
        `the boot did not finish within ${timeoutMs} ms; still pending: ${pending.join(', ') || 'nothing it knows of'}`,
        {
          details: { pending },
        },
      );
    });
  }
}
