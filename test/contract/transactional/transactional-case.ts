import type { ContractCase } from '../contract-case.js';
import type { Ledger } from './ledger.js';

/** Its table is empty. Whoever made the fixture closes it. */
export interface TransactionalFixture {
  readonly ledger: Ledger;
  /** How many transactions the engine can have open at once, and write in. */
  readonly connections: 'one' | 'one writer' | 'many';
}

export type TransactionalCase = ContractCase<TransactionalFixture>;

/** What a case throws on purpose. */
export class Doomed extends Error {
  constructor() {
    super('doomed');
  }
}
