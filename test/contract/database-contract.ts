import type { DatabaseCase } from './database/database-case.js';
import { errorCases } from './database/error-cases.js';
import { transactionCases } from './database/transaction-cases.js';
import { valueCases } from './database/value-cases.js';

export type { DatabaseCase, DatabaseFixture } from './database/database-case.js';

/** Everything the Database port promises. Free of any test runner: a child process can run it too. */
export const databaseContract: readonly DatabaseCase[] = [...valueCases, ...errorCases, ...transactionCases];

/** The cases for one kind of database, and those an engine's limit leaves out, with the reason. */
export function databaseCasesFor(kind: { readonly singleConnection: boolean }): {
  readonly cases: readonly DatabaseCase[];
  readonly leftOut: readonly { readonly title: string; readonly reason: string }[];
} {
  const isFor = ({ only }: DatabaseCase) => only === undefined || only.singleConnection === kind.singleConnection;
  return {
    cases: databaseContract.filter(isFor),
    leftOut: databaseContract.flatMap((entry) =>
      entry.only && !isFor(entry) ? [{ title: entry.title, reason: entry.only.reason }] : [],
    ),
  };
}
