import type { SecretWatch } from './secret-provider.js';

type Changed = (names: readonly string[]) => void;

/** One watch of a place for all who want one, open while somebody has it. */
export class SharedWatch {
  readonly #listeners = new Set<{ readonly changed: Changed }>();
  #opened: Promise<SecretWatch> | undefined;

  /** `open` must not reject: what is wrong is the trouble of the watch. */
  constructor(private readonly open: (changed: Changed) => Promise<SecretWatch>) {}

  async watch(changed: Changed): Promise<SecretWatch> {
    const listener = { changed };
    this.#listeners.add(listener);
    const opened = (this.#opened ??= this.open((names) => {
      for (const each of this.#listeners) each.changed(names);
    }));
    const watch = await opened;
    return new WatchPart(watch, async () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#opened = undefined;
      await watch.close();
    });
  }
}

class WatchPart implements SecretWatch {
  constructor(
    private readonly whole: SecretWatch,
    readonly close: () => Promise<void>,
  ) {}

  get name(): string {
    return this.whole.name;
  }

  get revision(): number {
    return this.whole.revision;
  }

  get checkedAt(): number {
    return this.whole.checkedAt;
  }

  get staleAfterMs(): number {
    return this.whole.staleAfterMs;
  }

  get trouble(): string | undefined {
    return this.whole.trouble;
  }
}
