import { openDatabase } from '../../src/database/index.js';
import type { Engine } from './scenarios.js';

/** Where each engine is; the servers as the tests find them. */
export function urlOf(engine: Engine, directory: string): string {
  switch (engine) {
    case 'postgres':
      return process.env['PYWATT_TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test';
    case 'mysql':
      return process.env['PYWATT_TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test';
    case 'sqlite':
      return `sqlite:${directory}/bench.db`;
  }
}

/** Creates the tables anew and fills one with 100 rows. Resolves with what removes them. */
export async function prepareTables(engine: Engine, url: string): Promise<() => Promise<void>> {
  const database = await openDatabase({ url, name: 'bench' });
  const drop = async () => {
    await database.execute('DROP TABLE IF EXISTS bench_rows');
    await database.execute('DROP TABLE IF EXISTS bench_inserts');
  };
  const key = { postgres: 'SERIAL', mysql: 'INT AUTO_INCREMENT', sqlite: 'INTEGER' }[engine];
  await drop();
  await database.execute(
    'CREATE TABLE bench_rows (id INT PRIMARY KEY, name VARCHAR(100), quantity INT, price DOUBLE PRECISION, note VARCHAR(200))',
  );
  await database.execute(`CREATE TABLE bench_inserts (id ${key} PRIMARY KEY, name VARCHAR(100), quantity INT)`);
  const rows = Array.from(
    { length: 100 },
    (_, i) => `(${i + 1}, 'row number ${i}', ${i * 7}, ${i / 8}, '${'n'.repeat(60)}')`,
  );
  await database.execute(`INSERT INTO bench_rows VALUES ${rows.join(', ')}`);
  return async () => {
    await drop();
    await database.close();
  };
}
