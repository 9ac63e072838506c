import { createConnection, type ConnectionOptions } from 'mysql2/promise';

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
