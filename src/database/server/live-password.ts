import { Deferred, messageOf, type PreparedCredential, withDeadline } from '../../foundation/index.js';
import { DatabaseError } from '../database-error.js';
import { StatementLimit } from '../statement-limit.js';

export interface LivePasswordOptions {
  /** The name of the database, for messages. */
  readonly database: string;
  /** The name of the secret. */
  readonly secret: string;
  /** Reads the value in force, when a login first needs it. Rejects as a login should. */
  readonly read: () => Promise<string>;
  /** How long a login that the server refuses waits for another password. */
  readonly waitMs: number;
}

/** What has connections that were logged in with a password. */
export interface SwappedConnections {
  /** From now on new work goes to connections that log in with the new one. */
  switch(): void;
  /** Closes those of the old one as their work ends; resolves when none is left. */
  retire(): Promise<void>;
  /** New work goes to those of the old one again; closes those of the new one as `retire`. */
  goBack(): Promise<void>;
}

/**
 * The password of a database, where it is a secret that may be replaced while the database is in use. Between a change
 * on the server and the rotation here, logins are refused: they wait for the value that is coming.
 */
export class LivePassword {
  readonly secret: string;
  readonly #options: LivePasswordOptions;
  #inForce: string | undefined;
  /** Proven, not in force yet. */
  #proposed: string | undefined;
  #refused: string | undefined;
  #changed = new Deferred<void>();
  #waiting = 0;

  constructor(options: LivePasswordOptions) {
    this.secret = options.secret;
    this.#options = options;
  }

  /** Why nobody can log in at the moment, while somebody waits for that. */
  get refusal(): DatabaseError | undefined {
    return this.#waiting > 0 ? this.#refusal() : undefined;
  }

  /** What a login would use now. */
  async current(): Promise<string> {
    this.#inForce ??= await this.#options.read();
    return this.known ?? this.#inForce;
  }

  /** The same, undefined before any was read. */
  get known(): string | undefined {
    return this.#inForce === this.#refused ? (this.#proposed ?? this.#inForce) : this.#inForce;
  }

  /**
   * Logs in by `attempt`, which rejects with a `DatabaseError`; when the server refuses the password, again as soon as
   * there is another. Rejects with CONNECTION, naming the secret, when none comes within the wait, or as `limit` does.
   */
  async logIn<T>(attempt: (password: string) => Promise<T>, limit?: StatementLimit): Promise<T> {
    const wait = new StatementLimit(this.#options.waitMs);
    for (;;) {
      const changed = this.#changed.promise;
      const password = await this.current();
      try {
        const loggedIn = await attempt(password);
        if (this.#refused === password) this.#refused = undefined;
        return loggedIn;
      } catch (error) {
        if (!isRefusedLogin(error)) throw error;
        if (password !== this.#proposed) this.#refused = password;
        if (this.#proposed === undefined || this.#proposed === password)
          await this.#wait(changed, wait.remainingMs, error, limit);
      }
    }
  }

  /** Whether a login may try again, as the password has changed since. Rejects as `logIn`. */
  async #wait(changed: Promise<void>, ms: number, cause: unknown, limit: StatementLimit | undefined): Promise<void> {
    const stopped = new Deferred<never>();
    const stop = limit?.watch((reason) => stopped.reject(reason));
    this.#waiting += 1;
    try {
      await withDeadline(Promise.race([changed, stopped.promise]), ms, () => this.#refusal(cause));
    } finally {
      this.#waiting -= 1;
      stop?.();
    }
  }

  /** `value` was proven by `connections`, which log in with it once it is in force. Throws while another is undecided. */
  prepared(value: string, connections: SwappedConnections): PreparedCredential {
    if (this.#proposed !== undefined)
      throw new Error(`the password of database '${this.#options.database}' is being replaced already`);
    const before = this.#inForce;
    this.#set(before, value);
    return {
      activate: () => {
        this.#set(value, value);
        connections.switch();
      },
      retire: () => {
        this.#set(value, undefined);
        return connections.retire();
      },
      abandon: () => {
        this.#set(before, undefined);
        return connections.goBack();
      },
    };
  }

  #set(inForce: string | undefined, proposed: string | undefined): void {
    this.#inForce = inForce;
    this.#proposed = proposed;
    this.#changed.resolve();
    this.#changed = new Deferred();
  }

  #refusal(cause?: unknown): DatabaseError {
    const { database, waitMs } = this.#options;
    const message =
      `database '${database}': the server refuses the password in secret '${this.secret}', and within ${waitMs} ms ` +
      'no other was put in force; rotate the secret to the password that the server takes';
    return new DatabaseError('CONNECTION', message, { retryable: true, details: { secret: this.secret }, cause });
  }
}

/** A new value that does not work, for the report of a rotation. */
export function probeFailure(database: string, error: unknown): Error {
  const why = isRefusedLogin(error) ? 'the server refuses the new password' : messageOf(error);
  return new Error(`database '${database}': ${why.replace(`database '${database}': `, '')}`, { cause: error });
}

/** As `work` does, unless `signal` aborts first; what comes after that is closed. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, close: (late: T) => void): Promise<T> {
  const aborted = new Deferred<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } catch (error) {
    if (signal.aborted) void work.then(close, () => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Whether the server knows the user and does not take the password: PostgreSQL's 28P01, MySQL's ER_ACCESS_DENIED_ERROR. */
function isRefusedLogin(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  const { driverCode, errno } = error.details;
  return driverCode === '28P01' || errno === 1045;
}
