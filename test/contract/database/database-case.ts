import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Database, SqlRunner } from '../../../src/database/index.js';
import type { ContractCase } from '../contract-case.js';
import type { Dialect, EngineName } from './dialect.js';
import type { TestServer } from './test-server.js';

/** What decides which cases a database can keep. */
export interface DatabaseKind {
  /** Whether all clients share one connection, as those of `:memory:` do. */
  readonly singleConnection: boolean;
  readonly dialect: Dialect;
}

/** What a case runs on. Whoever made the fixture closes its databases. */
export interface DatabaseFixture extends DatabaseKind {
  readonly database: Database;
  /** A second client of the same data, which shares nothing with the first but the data. */
  readonly other: Database;
  /** Of a database on a server. */
  readonly server?: TestServer;
}

export interface DatabaseCase extends ContractCase<DatabaseFixture> {
  /** Which engines it is for; everywhere when left out. The reason says which limit of the engine stands behind that. */
  readonly only?: {
    readonly singleConnection?: boolean;
    readonly engines?: readonly EngineName[];
    readonly reason: string;
  };
}

/** For cases in which one client looks at what another has open. */
export const needsTwoConnections = {
  singleConnection: false,
  reason: 'an in-memory SQLite database and PGlite have one connection: a second client waits for the transaction',
} as const;

export const needsOneConnection = {
  singleConnection: true,
  reason: 'a SQLite file, PostgreSQL and MariaDB have many connections: nobody has to wait for the one',
} as const;

export const needsOneWriter = {
  singleConnection: false,
  engines: ['sqlite'],
  reason: 'PostgreSQL and MariaDB have many writers at once; SQLite in memory and PGlite have one connection',
} as const;

export const needsServer = {
  engines: ['postgres', 'mariadb'],
  reason: 'SQLite and PGlite have no server whose connections others see or end',
} as const;

/** A new table with a name of its own, so that cases can share a database. */
export async function createTable(database: SqlRunner, columns: string): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  await database.execute(`CREATE TABLE ${name} (${columns})`);
  return name;
}

export async function countOf(database: SqlRunner, table: string): Promise<number> {
  const row = await database.queryOne<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
  return row?.n ?? -1;
}

/** What the two worlds promise about an error: its class, code and details, whatever carried it. */
export interface DatabaseFailure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Asserts that `work` rejects with a DatabaseError of that code, and returns it. */
export async function assertFails(work: Promise<unknown>, code: string): Promise<DatabaseFailure> {
  let thrown: unknown;
  try {
    await work;
  } catch (error) {
    thrown = error;
  }
  const failure = thrown as DatabaseFailure | undefined;
  assert.ok(failure, `expected a DatabaseError ${code}, but it resolved`);
  assert.equal(failure.name, 'DatabaseError', `expected a DatabaseError, got ${failure.name}: ${failure.message}`);
  assert.equal(failure.code, code, failure.message);
  return failure;
}

/** Asserts that `work` settles long before any wait for a lock would end. */
export async function atOnce<T>(work: Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work;
  } finally {
    const elapsedMs = performance.now() - start;
    assert.ok(elapsedMs < 2_000, `took ${Math.round(elapsedMs)} ms, as if it had waited for a lock`);
  }
}
