import type { Backend } from './relay-engine.js';

/** Who a backend is lent to; whoever does not use it at the moment keeps it until another needs it. */
export interface BackendHolder {
  /** The module: what one of them leaves in a session never reaches another. */
  readonly owner: string;
  /** Takes the backend away, which is idle. */
  detached(): void;
  /** The server or the network ended it. */
  lost(): void;
}

/** One backend and who has it. */
export class Lease {
  readonly backend: Backend;
  readonly key: string;
  /** Of the credential it was logged in with; see `BackendPool.switchTo`. */
  readonly generation: number;
  owner: string;
  holder: BackendHolder | undefined;
  /** Whether nobody has used its session yet. */
  isFresh = true;
  /** Whether its holder needs it now. */
  isBusy = true;
  /** A request to cancel is on its way, which must not hit the statement of another. */
  cancelling = 0;
  lastUsed = performance.now();

  constructor(backend: Backend, key: string, generation: number, owner: string) {
    this.backend = backend;
    this.key = key;
    this.generation = generation;
    this.owner = owner;
  }

  get isFree(): boolean {
    return !this.isBusy && this.cancelling === 0;
  }
}
