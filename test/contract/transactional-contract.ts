import { afterCommitCases } from './transactional/after-commit-cases.js';
import { nestedCases } from './transactional/nested-cases.js';
import { propagationCases } from './transactional/propagation-cases.js';
import { retryCases } from './transactional/retry-cases.js';
import type { TransactionalCase } from './transactional/transactional-case.js';

/** What `@Transactional` promises, on every engine and in both worlds. */
export const transactionalContract: readonly TransactionalCase[] = [
  ...propagationCases,
  ...nestedCases,
  ...afterCommitCases,
  ...retryCases,
];
