import type { Database } from '../../../src/database/index.js';
import { numbers } from '../../integration/mariadb-server.js';

export type EngineName = 'sqlite' | 'postgres' | 'pglite' | 'mariadb';

/** What the cases need to know of an engine, so that one case is for all of them. */
export interface Dialect {
  readonly engine: EngineName;
  /** As the port names it. */
  readonly type: Database['type'];
  /** The statement with each `?` as the engine writes a placeholder. */
  readonly sql: (text: string) => string;
  /** A name of a column as the engine takes it. */
  readonly quote: (name: string) => string;
  /** Types of columns. */
  readonly integer: string;
  readonly text: string;
  readonly bytes: string;
  /** What a placeholder that stands for a whole column needs around it. */
  readonly textParameter: string;
  readonly bytesParameter: string;
  /** Rows of one column `i`, from 1 to `n`. */
  readonly rows: (n: number) => string;
  /** A statement that runs until somebody ends it, with a mark to find it by. */
  readonly endless: (mark: string) => string;
  /** After a SELECT: locks what it reads. */
  readonly forUpdate: string;
  readonly driverCodes: {
    readonly syntax: string;
    readonly noTable: string;
    readonly noColumn: string;
    readonly unique: string;
    readonly notNull: string;
    readonly check: string;
    readonly foreignKey: string;
    readonly readOnly: string;
  };
}

const sqlite: Dialect = {
  engine: 'sqlite',
  type: 'sqlite',
  sql: (text) => text,
  quote: (name) => `"${name}"`,
  integer: 'INTEGER',
  text: 'TEXT',
  bytes: 'BLOB',
  textParameter: '?',
  bytesParameter: '?',
  rows: (n) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n}) SELECT i FROM n`,
  endless: (mark) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS ${mark} FROM n`,
  forUpdate: '',
  driverCodes: {
    syntax: 'SQLITE_ERROR',
    noTable: 'SQLITE_ERROR',
    noColumn: 'SQLITE_ERROR',
    unique: 'SQLITE_CONSTRAINT_UNIQUE',
    notNull: 'SQLITE_CONSTRAINT_NOTNULL',
    check: 'SQLITE_CONSTRAINT_CHECK',
    foreignKey: 'SQLITE_CONSTRAINT_FOREIGNKEY',
    readOnly: 'SQLITE_READONLY',
  },
};

const postgres: Dialect = {
  ...sqlite,
  engine: 'postgres',
  type: 'postgres',
  sql: (text) => {
    let position = 0;
    return text.replaceAll('?', () => `$${(position += 1)}`);
  },
  integer: 'bigint',
  text: 'text',
  bytes: 'bytea',
  textParameter: '?::text',
  bytesParameter: '?::bytea',
  rows: (n) => `SELECT i FROM generate_series(1, ${n}) AS n(i)`,
  endless: (mark) => `SELECT pg_sleep(600) AS ${mark}`,
  forUpdate: ' FOR UPDATE',
  driverCodes: {
    syntax: '42601',
    noTable: '42P01',
    noColumn: '42703',
    unique: '23505',
    notNull: '23502',
    check: '23514',
    foreignKey: '23503',
    readOnly: '25006',
  },
};

const pglite: Dialect = {
  ...postgres,
  engine: 'pglite',
  endless: (mark) => `SELECT count(*) AS ${mark} FROM generate_series(1, 100000000000)`,
};

const mariadb: Dialect = {
  ...sqlite,
  engine: 'mariadb',
  type: 'mysql',
  quote: (name) => `\`${name}\``,
  integer: 'bigint',
  text: 'varchar(200)',
  bytes: 'longblob',
  rows: (n) => `SELECT i FROM ${numbers(n)}`,
  // SLEEP answers 1 when it is interrupted: only a statement that reads goes on to fail.
  endless: (mark) =>
    `SELECT count(*) AS ${mark} FROM ${numbers(1_000_000, 'a')}, ${numbers(1_000_000, 'b')} WHERE a.i + b.i < 0`,
  forUpdate: ' FOR UPDATE',
  driverCodes: {
    syntax: 'ER_PARSE_ERROR',
    noTable: 'ER_NO_SUCH_TABLE',
    noColumn: 'ER_BAD_FIELD_ERROR',
    unique: 'ER_DUP_ENTRY',
    notNull: 'ER_BAD_NULL_ERROR',
    check: 'ER_CONSTRAINT_FAILED',
    foreignKey: 'ER_NO_REFERENCED_ROW_2',
    readOnly: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  },
};

export const dialects: Readonly<Record<EngineName, Dialect>> = { sqlite, postgres, pglite, mariadb };
