import { QueryResult, type QueryRunner } from 'typeorm';
import type { SqlScript } from '../schema-change.js';

const reads = /^\s*(select|show|pragma\s+[\w."]+\s*(\(|;|$)|with\b(?!.*\b(insert|update|delete)\b))/is;
const transactions =
  /^\s*(begin|start transaction|commit|rollback|savepoint|release|set (local|transaction|session))\b/i;

/** MySQL's ER_NO_SUCH_TABLE. */
const noSuchTable = 1146;

/** Notes every statement that changes something. With `performs: false` those are noted only, and reads still run. */
export class RecordedRunner {
  readonly #sql: string[] = [];

  /** Takes the runner over: it is for one change and then released. */
  constructor(runner: QueryRunner, { performs }: { readonly performs: boolean }) {
    const query = runner.query.bind(runner) as (...call: unknown[]) => Promise<unknown>;
    const recorded = (sql: string, parameters?: unknown[], ...rest: unknown[]): Promise<unknown> => {
      if (transactions.test(sql)) return query(sql, parameters, ...rest);
      if (reads.test(sql)) {
        const read = query(sql, parameters, ...rest);
        return performs ? read : read.catch((error: unknown) => emptyWhereNotCreated(error, rest[0] === true));
      }
      this.#sql.push(statementText(sql, parameters));
      return performs ? query(sql, parameters, ...rest) : Promise.resolve(nothing(rest[0] === true));
    };
    Object.assign(runner, { query: recorded });
  }

  get sql(): SqlScript {
    return this.#sql;
  }
}

/** The table of a statement that was only noted does not exist. */
function emptyWhereNotCreated(error: unknown, isStructured: boolean): unknown {
  const { errno } = (error as { driverError?: { errno?: unknown } }).driverError ?? {};
  if (errno === noSuchTable) return nothing(isStructured);
  throw error;
}

/** What a runner answers without rows, in the form that was asked for. */
function nothing(isStructured: boolean): unknown {
  return isStructured ? Object.assign(new QueryResult(), { raw: [], records: [] }) : [];
}

/** A statement as a line to read or to run: `INSERT …; -- with ["a", 1]`. */
export function statementText(sql: string, parameters: readonly unknown[] | undefined): string {
  const statement = `${sql.trim().replace(/;$/, '')};`;
  return parameters === undefined || parameters.length === 0
    ? statement
    : `${statement} -- with ${JSON.stringify(parameters)}`;
}
