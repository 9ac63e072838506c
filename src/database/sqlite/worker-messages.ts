/** What the pool and a worker say to each other; everything here crosses by structured clone. */

export type BoundValue = null | number | bigint | string | Uint8Array;

/** Given to a worker at its start. */
export interface WorkerOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** One Int32: the `progress` states below. */
  readonly control: SharedArrayBuffer;
}

/**
 * What the one shared integer says. The two ends change it by compare and exchange only, so a statement is either
 * cancelled before it takes effect or takes effect before it could be cancelled, never both.
 */
export const progress = { free: 0, cancelled: 1, takingEffect: 2 } as const;

export interface StatementRequest {
  readonly kind: 'statement';
  readonly id: number;
  readonly sql: string;
  readonly params: readonly BoundValue[];
  /** `read` refuses a statement that could change anything, without running it. */
  readonly access: 'read' | 'write';
  /** Stops a statement that only reads after this many rows. */
  readonly maxRows?: number;
  /** Leaves the statement open after `maxRows` rows; the next request of that number goes on with it, and 0 rows end it. */
  readonly cursor?: number;
}

export type WorkerRequest =
  | StatementRequest
  /** Rolls back what is open and forgets a cancellation. */
  | { readonly kind: 'reset'; readonly id: number }
  /** Closes the database, which rolls back what is open, and ends the worker. */
  | { readonly kind: 'close'; readonly id: number };

export interface StatementResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Whether the statement gives rows, even if there are none. */
  readonly hasRows: boolean;
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/** An error of the driver: plain facts, because structured clone keeps neither class nor code. */
export interface DriverFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

export type StatementOutcome =
  | { readonly kind: 'done'; readonly result: StatementResult }
  | { readonly kind: 'failed'; readonly failure: DriverFailure }
  | { readonly kind: 'refused' }
  | { readonly kind: 'cancelled' };

export type WorkerReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'open-failed'; readonly failure: DriverFailure }
  | {
      readonly kind: 'outcome';
      readonly id: number;
      readonly outcome: StatementOutcome;
      readonly inTransaction: boolean;
    };
