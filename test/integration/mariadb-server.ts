import { createConnection, type Connection, type ConnectionOptions } from 'mysql2/promise';

/** The server of the machines that build this. */
export const mariadb = { host: '127.0.0.1', port: 3306, user: 'root', database: 'test' } satisfies ConnectionOptions;

/** Whether it answers; says so loudly when it does not. With CI=true its absence is a failure, not a reason to skip. */
export async function mariadbAnswers(): Promise<boolean> {
  try {
    const connection = await createConnection(mariadb);
    await connection.end();
    return true;
  } catch (error) {
    if (process.env['CI'] === 'true') throw new Error('MariaDB does not answer on 127.0.0.1:3306', { cause: error });
    process.stderr.write('SKIPPED: MariaDB does not answer on 127.0.0.1:3306, so nothing about it is tested\n');
    return false;
  }
}

export const mariadbUrl = `mysql://${mariadb.user}@${mariadb.host}:${mariadb.port}/${mariadb.database}`;

/**
 * A value of 64 MiB, which is sent as twice as many digits, is more than the server takes by default; connections made
 * from now on may send it. Never lowered again: another suite may be about to send as much.
 */
export async function allowLargeValues(connection: Connection): Promise<void> {
  const enough = 256 * 1024 * 1024;
  const [rows] = await connection.query('SELECT @@global.max_allowed_packet AS most');
  const [{ most }] = rows as [{ most: number }];
  if (most < enough) await connection.query(`SET GLOBAL max_allowed_packet = ${enough}`);
}

/** Makes it, in place of what a suite before has left; MySQL has no `CREATE OR REPLACE` for these. */
export async function createAnew(
  connection: Pick<Connection, 'query'>,
  kind: 'DATABASE' | 'USER' | 'TABLE' | 'PROCEDURE',
  name: string,
  definition = '',
): Promise<void> {
  await connection.query(`DROP ${kind} IF EXISTS ${name}`);
  await connection.query(`CREATE ${kind} ${name} ${definition}`);
}

/** A table of the numbers from 1 to `n`, as `i`. */
export function numbers(n: number, alias = 'numbers'): string {
  return `JSON_TABLE(CONCAT('[0', REPEAT(',0', ${n - 1}), ']'), '$[*]' COLUMNS (i FOR ORDINALITY)) ${alias}`;
}
