import { AsyncResource } from 'node:async_hooks';
import { type Logger, messageOf } from '../../foundation/index.js';
import type { SecretProvider, SecretWatch } from '../providers/secret-provider.js';
import type { RotationCoordinator } from './rotation-coordinator.js';
import { SecretError } from '../secret-error.js';
import { isStagedName } from './staged-name.js';

const retryMs = 5_000;

/**
 * Rotates to the values that change in a provider while it is open: those that changed together go together, and what
 * changes during a rotation goes with the next one. A value that cannot be read, or a rotation that cannot begin, is tried
 * again every 5 s. Whoever opens it closes it.
 */
export class ProviderChanges {
  readonly #changed = new Set<string>();
  readonly #failed = new Map<string, string>();
  #retry: NodeJS.Timeout | undefined;
  #watch: SecretWatch | undefined;
  #adopting: Promise<void> | undefined;
  #isClosed = false;

  private constructor(
    private readonly rotations: Pick<RotationCoordinator, 'adopt'>,
    private readonly logger: Logger,
  ) {}

  /**
   * Watches nothing where the provider's values cannot change. Secrets that were read before are named, so that a change
   * between then and now is found. Rejects as `SecretProvider.watch` does.
   */
  static async open(
    provider: SecretProvider,
    rotations: Pick<RotationCoordinator, 'adopt'>,
    logger: Logger,
    readBefore: readonly string[] = [],
  ): Promise<ProviderChanges> {
    const changes = new ProviderChanges(rotations, logger);
    // A watch may tell from within the rotation that wrote the value: what comes of it is not that rotation's.
    const note = AsyncResource.bind((names: readonly string[]) => changes.#note(names));
    changes.#watch = await provider.watch?.(note);
    if (changes.#watch && readBefore.length > 0) changes.#note(readBefore);
    return changes;
  }

  /** The secrets whose changes could not be taken over, each with the reason: the value of before is in force. */
  get failed(): ReadonlyMap<string, string> {
    return this.#failed;
  }

  /** Sees no more changes, and waits for the rotation under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#changed.clear();
    clearTimeout(this.#retry);
    await this.#watch?.close();
    await this.#adopting;
  }

  #note(names: readonly string[]): void {
    if (this.#isClosed) return;
    for (const name of names) if (!isStagedName(name)) this.#changed.add(name);
    if (this.#changed.size === 0) return;
    this.#adopting ??= this.#adoptAll().finally(() => (this.#adopting = undefined));
  }

  async #adoptAll(): Promise<void> {
    while (this.#changed.size > 0) {
      const names = [...this.#changed];
      this.#changed.clear();
      try {
        await this.rotations.adopt(names);
        for (const name of names) this.#failed.delete(name);
      } catch (error) {
        this.#fail(names, error);
      }
    }
  }

  #fail(names: readonly string[], error: unknown): void {
    const reason = messageOf(error);
    const isKnown = names.every((name) => this.#failed.get(name) === reason);
    if (!isKnown)
      this.logger.error('a changed secret could not be taken over; the value of before stays in force', {
        names,
        reason,
      });
    // One that was deleted is a change of its own when it is there again.
    const isOver = SecretError.is(error) && error.code === 'NOT_FOUND';
    for (const name of names)
      if (isOver) this.#failed.delete(name);
      else this.#failed.set(name, reason);
    if (isOver || this.#isClosed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#note([...this.#failed.keys()]), retryMs).unref();
  }
}
