import type { Database, Statement } from 'better-sqlite3';
import { asksForSchema, canRollBack, isCommit, setsConnectionState } from './statement-kind.js';
import type {
  BoundValue,
  DriverFailure,
  StatementOutcome,
  StatementRequest,
  StatementResult,
} from './worker-messages.js';

/** What a statement that runs and whoever asked for it agree on. */
export interface StatementControl {
  /** Whether the statement was called off. */
  readonly isCancelled: boolean;
  /** Says that the statement takes effect from now on; false when it was called off before. */
  takeEffect(): boolean;
  /** Forgets that a statement was called off. */
  reset(): void;
}

class Cancelled extends Error {}

interface Cursor {
  readonly statement: Statement<BoundValue[]>;
  readonly rows: IterableIterator<unknown[]>;
}

const nothingDone: StatementResult = { columns: [], rows: [], hasRows: false, changes: 0, lastInsertRowid: 0 };

const maxStatements = 100;

/** One SQLite database, which blocks the thread it is used on. */
export class StatementWorker {
  readonly #database: Database;
  readonly #control: StatementControl;
  readonly #statements = new Map<string, Statement<BoundValue[]>>();
  readonly #cursors = new Map<number, Cursor>();

  private constructor(database: Database, control: StatementControl) {
    this.#database = database;
    this.#control = control;
  }

  static async open(path: string, control: StatementControl): Promise<StatementWorker> {
    return new StatementWorker(await openDatabase(path), control);
  }

  get inTransaction(): boolean {
    return this.#database.open && this.#database.inTransaction;
  }

  run(request: StatementRequest): StatementOutcome {
    try {
      this.throwIfCancelled();
      // Any statement that reads a table of the file has the engine notice a schema that changed meanwhile.
      if (asksForSchema(request.sql)) this.#prepare('SELECT 1 FROM sqlite_master LIMIT 1').get();
      if (request.cursor !== undefined) return this.#page(request, request.cursor);
      // A pragma takes effect while it is prepared, before the engine could be asked what it is.
      if (request.access === 'read' && setsConnectionState(request.sql)) return { kind: 'refused' };
      const statement = this.#prepare(request.sql);
      if (!statement.readonly && request.access === 'read') return { kind: 'refused' };
      return { kind: 'done', result: this.#perform(statement, request) };
    } catch (error) {
      return error instanceof Cancelled ? { kind: 'cancelled' } : { kind: 'failed', failure: describeFailure(error) };
    }
  }

  reset(): void {
    for (const { rows } of this.#cursors.values()) rows.return?.();
    this.#cursors.clear();
    if (this.inTransaction) this.#database.exec('ROLLBACK');
    this.#control.reset();
  }

  close(): void {
    this.#database.close();
  }

  /** A prepared statement of its own: the engine keeps its place in it. */
  #page({ sql, params, maxRows = 0 }: StatementRequest, id: number): StatementOutcome {
    let cursor = this.#cursors.get(id);
    if (maxRows === 0) {
      cursor?.rows.return?.();
      this.#cursors.delete(id);
      return { kind: 'done', result: nothingDone };
    }
    if (cursor === undefined) {
      const statement = this.#database.prepare<BoundValue[]>(sql);
      if (!statement.reader || !statement.readonly) return { kind: 'refused' };
      cursor = { statement, rows: statement.raw().iterate(...params) as IterableIterator<unknown[]> };
      this.#cursors.set(id, cursor);
    }
    const rows: unknown[][] = [];
    while (rows.length < maxRows) {
      const next = cursor.rows.next();
      if (next.done) {
        this.#cursors.delete(id);
        break;
      }
      rows.push(next.value.map(lossless));
      this.throwIfCancelled();
    }
    const columns = cursor.statement.columns().map((column) => column.name);
    return { kind: 'done', result: { columns, rows, hasRows: true, changes: 0, lastInsertRowid: 0 } };
  }

  #perform(statement: Statement<BoundValue[]>, request: StatementRequest): StatementResult {
    const { sql } = request;
    const work = () => execute(statement, request, this);
    if (this.#database.inTransaction) return isCommit(sql) ? this.#takeEffect(work) : work();
    if (statement.readonly) return work();
    if (!canRollBack(sql)) return this.#takeEffect(work);
    // Alone, a change would commit inside the engine, where it cannot be called back any more.
    this.#prepare('BEGIN IMMEDIATE').run();
    const commit = () => this.#takeEffect(() => this.#prepare('COMMIT').run());
    try {
      const result = work();
      commit();
      return result;
    } catch (error) {
      if (this.#isPartlyDone(error)) commit();
      throw error;
    } finally {
      if (this.#database.inTransaction) this.#prepare('ROLLBACK').run();
    }
  }

  /** Whether the engine, alone, would keep what the statement did before it failed: `OR FAIL` says so. */
  #isPartlyDone(error: unknown): boolean {
    const { code } = describeFailure(error);
    return this.#database.inTransaction && code?.startsWith('SQLITE_CONSTRAINT') === true && this.changes() > 0;
  }

  #takeEffect<T>(work: () => T): T {
    if (!this.#control.takeEffect()) throw new Cancelled();
    return work();
  }

  /** Rows changed by a change that also gives rows, which the driver does not tell. */
  changes(): number {
    return Number((this.#prepare('SELECT changes() AS changes').raw().get() as [bigint])[0]);
  }

  throwIfCancelled(): void {
    if (this.#control.isCancelled) throw new Cancelled();
  }

  #prepare(sql: string): Statement<BoundValue[]> {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare<BoundValue[]>(sql);
    // Prepared each time, because that is when it takes effect.
    if (/^\s*pragma\b/i.test(sql)) return statement;
    this.#statements.set(sql, statement);
    if (this.#statements.size > maxStatements) this.#statements.delete(this.#statements.keys().next().value!);
    return statement;
  }
}

function execute(
  statement: Statement<BoundValue[]>,
  { params, maxRows }: StatementRequest,
  worker: StatementWorker,
): StatementResult {
  if (!statement.reader) {
    const { changes, lastInsertRowid } = statement.run(...params);
    return {
      columns: [],
      rows: [],
      hasRows: false,
      changes,
      lastInsertRowid: lossless(lastInsertRowid) as number | bigint,
    };
  }
  let columns: string[] = [];
  const rows: unknown[][] = [];
  for (const row of statement.raw().iterate(...params) as IterableIterator<unknown[]>) {
    // After the first row, not before: only then has the engine seen a schema that changed meanwhile.
    if (rows.length === 0) columns = statement.columns().map((column) => column.name);
    for (let index = 0; index < row.length; index++) row[index] = lossless(row[index]);
    rows.push(row);
    if (statement.readonly && rows.length === maxRows) break;
    worker.throwIfCancelled();
  }
  return { columns, rows, hasRows: true, changes: statement.readonly ? 0 : worker.changes(), lastInsertRowid: 0 };
}

function lossless(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
}

/** Plain facts, because nothing that carries them keeps an error's class or code. */
export function describeFailure(error: unknown): DriverFailure {
  const { name, message, code } = error as Error & { code?: unknown };
  return { name, message, ...(typeof code === 'string' ? { code } : {}) };
}

async function openDatabase(path: string): Promise<Database> {
  const { default: SqliteDatabase } = await import('better-sqlite3');
  // No waiting in the engine: an engine that sleeps there could not be reached. Who waits does so in the pool.
  const database = new SqliteDatabase(path, { timeout: 0 });
  database.defaultSafeIntegers(true);
  database.pragma('foreign_keys = ON');
  if (path !== ':memory:') writeAhead(database);
  return database;
}

/** A file that may only be read stays in the mode it is in. */
function writeAhead(database: Database): void {
  try {
    database.pragma('journal_mode = WAL');
  } catch (error) {
    if (describeFailure(error).code?.startsWith('SQLITE_READONLY') !== true || !canRead(database)) throw error;
  }
}

function canRead(database: Database): boolean {
  try {
    database.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get();
    return true;
  } catch {
    return false;
  }
}
