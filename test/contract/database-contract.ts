import type { DatabaseCase, DatabaseKind } from './database/database-case.js';
import { errorCases } from './database/error-cases.js';
import { faultCases } from './database/fault-cases.js';
import { savepointCases } from './database/savepoint-cases.js';
import { streamCases } from './database/stream-cases.js';
import { transactionCases } from './database/transaction-cases.js';
import { transactionOptionCases } from './database/transaction-option-cases.js';
import { typedValueCases } from './database/typed-value-cases.js';
import { valueCases } from './database/value-cases.js';

export type { DatabaseCase, DatabaseFixture, DatabaseKind } from './database/database-case.js';

/** Everything the Database port promises. Free of any test runner: a child process can run it too. */
export const databaseContract: readonly DatabaseCase[] = [
  ...valueCases,
  ...typedValueCases,
  ...errorCases,
  ...transactionCases,
  ...transactionOptionCases,
  ...savepointCases,
  ...streamCases,
  ...faultCases,
];

/** The cases for one kind of database, and those an engine's limit leaves out, with the reason. */
export function databaseCasesFor(kind: DatabaseKind): {
  readonly cases: readonly DatabaseCase[];
  readonly leftOut: readonly { readonly title: string; readonly reason: string }[];
} {
  const isFor = ({ only }: DatabaseCase) =>
    (only?.singleConnection === undefined || only.singleConnection === kind.singleConnection) &&
    (only?.engines === undefined || only.engines.includes(kind.dialect.engine));
  return {
    cases: databaseContract.filter(isFor),
    leftOut: databaseContract.flatMap((entry) =>
      entry.only && !isFor(entry) ? [{ title: entry.title, reason: entry.only.reason }] : [],
    ),
  };
}
