import type { QueryRunner } from 'typeorm';
import type { DatabaseError } from '../database-error.js';

/** A runner that only `end` releases, not whoever works with it. */
export interface OwnedRunner {
  readonly runner: QueryRunner & { isTransactionActive: boolean };
  /** With `lost`, the pool closes the connection instead of lending it again. */
  readonly end: (lost?: Error) => Promise<void>;
  /** Why it takes no more calls, where its database was closed meanwhile. */
  closed?: DatabaseError;
}

export function ownedRunner(runner: QueryRunner): OwnedRunner {
  const end: OwnedRunner['end'] = runner.release.bind(runner);
  return { runner: Object.assign(runner, { release: () => Promise.resolve() }), end };
}
