/** What a connection and its engine say to each other; everything here crosses by structured clone. */

export type BoundValue = null | number | bigint | string | Uint8Array;

/** Given to an engine on a thread at its start; a process is told the path by its first message. */
export interface ThreadOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** One Int32: the `progress` states below. */
  readonly control: SharedArrayBuffer;
}

/** In an engine's process: where messages go both ways. */
export const pipeFd = 3;
/** In an engine's process: what closes when its owner is gone. */
export const ownerFd = 4;

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
  /** Closes the database, which rolls back what is open, and ends the engine. */
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

/** What an engine in a process of its own says, too: whoever asked has no memory in common with it. */
export type ProcessReply = WorkerReply | { readonly kind: 'takes-effect' };
