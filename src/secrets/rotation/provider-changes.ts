import { AsyncResource } from 'node:async_hooks';
import { type Logger, messageOf } from '../../foundation/index.js';
import type { SecretProvider, SecretWatch } from '../providers/secret-provider.js';
import type { RotationCoordinator } from './rotation-coordinator.js';
import { isStagedName } from './staged-name.js';

/**
 * Rotates to the values that change in a provider while it is open: those that changed together go together, and what
 * changes during a rotation goes with the next one. Whoever opens it closes it.
 */
export class ProviderChanges {
  readonly #changed = new Set<string>();
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

  /** Sees no more changes, and waits for the rotation under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#changed.clear();
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
      } catch (error) {
        this.logger.error('a changed secret could not be taken over; the value of before stays in force', {
          names,
          reason: messageOf(error),
        });
      }
    }
  }
}
