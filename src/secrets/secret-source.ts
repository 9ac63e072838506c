import type { SecretReadMode } from './providers/secret-provider.js';
import type { WatchHealth } from './providers/watch-health.js';

export interface SecretReadOptions {
  /**
   * Default `cache-then-remote`: the value in force. `remote` asks the place itself, and puts nothing in force. `cache`
   * asks nobody, and gives undefined where nothing is remembered, as in a module under an orchestrator.
   */
  readonly mode?: SecretReadMode;
  /** Asks for the value this rotation proposes instead of the value in force. */
  readonly rotationId?: string;
}

export interface SourcedSecret {
  readonly value: string;
  readonly version?: string;
  /** Where it was found, in the words of `placesOf`; undefined where the source does not tell. */
  readonly place?: string;
}

/** Where a module gets its secrets: a `SecretStore` in its own process, or the orchestrator over the wire. */
export interface SecretSource {
  /** The secret, or undefined when nobody has it. Rejects with `SecretError` when it cannot be read. */
  get(name: string, options?: SecretReadOptions): Promise<SourcedSecret | undefined>;
  /** Where `get` looks, in words for "not found" messages, such as `PYWATT_SECRET_STRIPE_KEY`. */
  placesOf(name: string): readonly string[];
  /** As `Secrets` does; left out where nothing can be written. */
  set?(name: string, value: string): Promise<void>;
  delete?(name: string): Promise<boolean>;
  list?(): Promise<readonly string[]>;
  /** Ends connections to far places, for sources that hold some. */
  close?(): Promise<void>;
  /** How the places are that this process reads and watches itself. */
  health?(): WatchHealth;
}
