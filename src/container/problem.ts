import type { JsonObject } from '../foundation/index.js';

/** What the check before boot can find. Stable; docs/errors.md explains each. */
export const problemCodes = [
  'MISSING_PROVIDER',
  'NOT_EXPORTED',
  'DEPENDENCY_CYCLE',
  'DUPLICATE_MODULE_ID',
  'DUPLICATE_PROVIDER',
  'BAD_DECORATOR',
  'BAD_MODULE',
  'BODY_WITHOUT_CLASS',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** One mistake in the graph of a module, found before any I/O. */
export interface Problem {
  readonly code: ProblemCode;
  /** Where it is: a class, a parameter, a module. */
  readonly where: string;
  /** What is wrong and what to do. */
  readonly message: string;
  readonly details?: JsonObject;
}
