import type { Logger } from '../../foundation/index.js';

/** Warns, once each, of what a program chose for a DataSource that has no effect. */
export class UnheededOptions {
  readonly #database: string;
  readonly #logger: Logger | undefined;
  readonly #said = new Set<string>();

  constructor(database: string, logger: Logger | undefined) {
    this.#database = database;
    this.#logger = logger;
  }

  /** What `extra` says of the connection of a module, or of the pool of the injected DataSource. */
  extra(names: readonly string[]): void {
    if (names.length === 0) return;
    const options = names.map((name) => `extra.${name}`).join(', ');
    const cure =
      'leave them out: where and how one connects is configuration, and so is the pool of the injected DataSource; one of createDataSource has a pool of its own';
    this.#warn(`options of TypeORM have no effect: ${options}`, { cure });
  }

  /** A pool that is to have more connections than the module. */
  poolSize(asked: number, most: number): void {
    const cure = `raise pool.connections, or pool.max, of the database in the orchestrator's configuration`;
    this.#warn(`a DataSource asks for ${asked} connections, and the module may have ${most}, which it gets`, { cure });
  }

  #warn(message: string, fields: { readonly cure: string }): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#logger?.warn(message, { database: this.#database, ...fields });
  }
}
