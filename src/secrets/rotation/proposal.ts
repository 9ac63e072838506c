import { randomBytes } from 'node:crypto';
import { Deferred } from '../../foundation/index.js';

/** A value with its version: random, changed by every rotation, never derived from the value. */
export interface StoredSecret {
  readonly value: string;
  readonly version: string;
  readonly place?: string;
}

export function newVersion(): string {
  return randomBytes(6).toString('hex');
}

/** What a proposal may do to its store. */
export interface ProposalEffects {
  /** Writes the new value where the secret comes from. */
  store(): Promise<void>;
  /** Writes the value of before there again. */
  restore(): Promise<void>;
  /** Keeps a copy of the new value beside the secret, and takes it away. Left out where a value cannot be deleted again. */
  stage?(): Promise<void>;
  unstage?(): Promise<void>;
  putInForce(next: StoredSecret): void;
  end(): void;
}

/** A value that is not in force yet. Ends with `commit`, `enforce` or `withdraw`. */
export class Proposal {
  readonly #readers = new Set<string>();
  readonly #decided = new Deferred<void>();
  #isOpen = true;

  constructor(
    readonly name: string,
    readonly rotationId: string,
    readonly proposed: StoredSecret,
    /** In force until then. */
    readonly previous: StoredSecret,
    /** The value is in its place already: it changed there. */
    readonly isAdopted: boolean,
    private readonly effects: ProposalEffects,
  ) {}

  /** Resolves when the proposal has been committed or withdrawn. */
  get decided(): Promise<void> {
    return this.#decided.promise;
  }

  isVisibleTo(rotationId: string | undefined, reader: string | undefined): boolean {
    return rotationId === this.rotationId || (reader !== undefined && this.#readers.has(reader));
  }

  /** Lets a peer of the plain protocol, which cannot name a rotation, read the proposed value. */
  publishTo(reader: string): void {
    this.#readers.add(reader);
  }

  /** Stores the value where the secret came from, then puts it in force. When storing fails nothing has changed, and `withdraw` is still due. */
  async commit(): Promise<void> {
    await this.store();
    this.enforce();
  }

  /** The first half of `commit`; nothing where the value is there already. */
  async store(): Promise<void> {
    if (!this.isAdopted) await this.effects.store();
  }

  /** Takes `store` back. */
  async restore(): Promise<void> {
    if (!this.isAdopted) await this.effects.restore();
  }

  /** Whether a copy of the value can be kept, or none is needed. */
  get canStage(): boolean {
    return this.isAdopted || this.effects.stage !== undefined;
  }

  /** Keeps the new value where a crash cannot take it, until `unstage`: one of several that must all be stored. */
  async stage(): Promise<void> {
    if (!this.isAdopted) await this.effects.stage?.();
  }

  async unstage(): Promise<void> {
    if (!this.isAdopted) await this.effects.unstage?.();
  }

  /** The second half of `commit`: from now on everybody reads the new value. */
  enforce(): void {
    this.effects.putInForce(this.proposed);
    this.#end();
  }

  /** The value in force stays; from now on everybody reads that one. Idempotent. */
  withdraw(): void {
    this.#end();
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.effects.end();
    this.#decided.resolve();
  }
}
