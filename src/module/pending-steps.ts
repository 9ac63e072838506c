import { BootError, withDeadline } from '../foundation/index.js';

/** What a boot is doing right now, so that its deadline can name what is still pending. */
export class PendingSteps {
  readonly #steps = new Set<string>();

  /** Counts `step` as pending until the returned function is called. */
  begin(step: string): () => void {
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
