/**
 * Something that logs in with a secret, such as the connection pool of a database: it takes part in the rotation of that
 * secret, and whoever holds a handle on it notices nothing.
 */
export interface CredentialUser {
  /** For reports: `database 'main'`. */
  readonly name: string;
  /** The secret it logs in with. */
  readonly secret: string;
  /**
   * Opens connections that log in with `value` beside those in use and proves that they work; new work still goes to the
   * old ones. Rejects, having closed what it opened, when the server refuses the value, cannot be reached, or `signal`
   * aborts; the message says which and never holds the value.
   */
  prepare(value: string, signal: AbortSignal): Promise<PreparedCredential>;
}

/** A credential that was proven. Ends with `retire` or `abandon`. */
export interface PreparedCredential {
  /** From now on new work goes to the new connections; what is under way ends on the old ones. */
  activate(): void;
  /**
   * The old credential is over: its connections close as their work ends. Resolves when the last one has closed.
   * `overlap` aborts when nothing has to be accepted any more that was opened with it; left out: at once.
   */
  retire(overlap?: AbortSignal): Promise<void>;
  /** New work goes to the old connections again; the new ones close as their work ends. */
  abandon(): Promise<void>;
}
