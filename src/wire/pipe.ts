/** What comes out of a pipe. None of it may throw. */
export interface PipeReceiver {
  /** The next bytes. They count against the window until `taken` was told so. */
  data(bytes: Uint8Array): void;
  /** What was written has been sent: more may be written. */
  drained(): void;
  /** The far end writes no more. */
  ended(): void;
  /** It is over, once: both ends have ended it, or with why it failed. */
  closed(error?: Error): void;
}

/**
 * Bytes both ways between our own two ends, beside the calls of a session. A pipe may be idle for as long as the session
 * lives. Each end holds at most its window of what came, and what its user wrote after being told to wait.
 */
export interface Pipe {
  /** Sends `bytes`, which must not change afterwards, or keeps them until it may. False: write no more until `drained`. */
  write(bytes: Uint8Array): boolean;
  /** Writes no more; what was written still goes. */
  end(): void;
  /** So many of the bytes that came are not held any more. */
  taken(bytes: number): void;
  /** Ends both directions at once; what was not sent is dropped. */
  abort(error: Error): void;
}

/** Opens a pipe of a session under the id that a message named. Throws as `StreamTable.pipe`. */
export type OpenPipe = (id: string, receiver: PipeReceiver) => Pipe;
