import type { Logger } from '../../foundation/index.js';

/** Logs once that a watch sees changes no more, and once that it does again. */
export class WatchTrouble {
  #trouble: string | undefined;

  constructor(
    private readonly watch: string,
    private readonly logger: Logger | undefined,
  ) {}

  get now(): string | undefined {
    return this.#trouble;
  }

  /** Undefined when there is none. */
  is(trouble: string | undefined): void {
    const before = this.#trouble;
    this.#trouble = trouble;
    if (trouble === before) return;
    if (trouble === undefined) this.logger?.info('changes of secrets are seen again', { watch: this.watch });
    else this.logger?.warn('changes of secrets may be missed', { watch: this.watch, trouble });
  }
}
