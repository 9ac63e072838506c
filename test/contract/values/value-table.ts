import { inspect } from 'node:util';
import type { Database } from '../../../src/database/index.js';
import { type ColumnValues, columnValues, type ValueEngine } from './column-values.js';

/** What went into a column and what came out of it, as text that tells every bit. */
export interface ValueRow {
  readonly type: string;
  readonly given: string;
  readonly read: string;
}

/** Puts each value into its column and reads it back; leaves nothing behind. */
export async function readValues(database: Database, engine: ValueEngine): Promise<ValueRow[]> {
  const rows: ValueRow[] = [];
  if (engine === 'postgres') {
    await database.execute('DROP TYPE IF EXISTS pywatt_value_mood CASCADE');
    await database.execute(`CREATE TYPE pywatt_value_mood AS ENUM ('sad', 'happy')`);
  }
  for (const column of columnValues[engine]) rows.push(...(await readColumn(database, engine, column)));
  if (engine === 'postgres') await database.execute('DROP TYPE pywatt_value_mood');
  return rows;
}

async function readColumn(database: Database, engine: ValueEngine, column: ColumnValues): Promise<ValueRow[]> {
  const { type, values, parameter = (placeholder) => placeholder } = column;
  const placeholder = parameter(engine === 'postgres' ? '$1' : '?');
  await database.execute('DROP TABLE IF EXISTS pywatt_values');
  await database.execute(`CREATE TABLE pywatt_values (v ${type}${type.startsWith('TIMESTAMP') ? ' NULL' : ''})`);
  const rows: ValueRow[] = [];
  try {
    for (const value of [...values, null]) {
      await database.execute('DELETE FROM pywatt_values');
      await database.execute(`INSERT INTO pywatt_values (v) VALUES (${placeholder})`, [value]);
      const row = await database.queryOne<{ v: unknown }>('SELECT v FROM pywatt_values');
      rows.push({ type, given: exactText(value), read: exactText(row?.v) });
    }
  } finally {
    await database.execute('DROP TABLE pywatt_values');
  }
  return rows;
}

function exactText(value: unknown): string {
  const text = inspect(value, { depth: null, breakLength: Infinity, compact: true });
  return value instanceof Date ? `Date ${text}` : text;
}

/** The rows of all engines as the page in docs/ shows them. */
export function valuePage(tables: Readonly<Record<string, readonly ValueRow[]>>): string {
  const cell = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;
  const parts = Object.entries(tables).map(([engine, rows]) =>
    [
      `## ${engine}`,
      '',
      '| column | parameter | result |',
      '|---|---|---|',
      ...rows.map(({ type, given, read }) => `| ${cell(type)} | ${cell(given)} | ${cell(read)} |`),
    ].join('\n'),
  );
  return `${head}\n\n${parts.join('\n\n')}\n`;
}

const head = `# Values

What goes into a column as a parameter and what a query returns for it, the same to the last bit direct and proxied. \`npm run value-page\` writes this page, and a test fails when a value comes out otherwise, direct or proxied. Values are shown as Node's \`inspect\` shows them: \`1n\` is a bigint, which integers beyond 2^53 - 1 are. A Date holds milliseconds, so that is what is left of the microseconds of a timestamp; cast it to text to read them. NaN and the infinities go in as text.`;
