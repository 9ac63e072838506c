/** What a PGlite thread is told; answered in that order. */
export type PgliteRequest =
  /** Whole messages of PostgreSQL's protocol. */
  { readonly kind: 'run'; readonly messages: Uint8Array } | { readonly kind: 'close' };

export type PgliteReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'open-failed'; readonly failure: PgliteFailure }
  /** A piece of the answer to what runs. */
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  /** What ran is answered; with a failure PGlite itself broke down, and answers no more. */
  | { readonly kind: 'done'; readonly failure?: PgliteFailure };

export interface PgliteFailure {
  readonly message: string;
  readonly code?: string;
}

/** Given to a thread at its start. */
export interface PgliteOptions {
  /** Undefined: in memory. */
  readonly directory: string | undefined;
}
