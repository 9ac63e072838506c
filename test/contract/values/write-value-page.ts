import { writeFile } from 'node:fs/promises';
import { valueEngines, valuePagePath } from './value-engines.js';
import { valuePage, type ValueRow } from './value-table.js';
import { valuesIn } from './value-worlds.js';

// npm run value-page: writes docs/values.md from what the engines answer now; needs all of them.
const tables: Record<string, ValueRow[]> = {};
for (const { title, engine, url } of valueEngines) tables[title] = await valuesIn('direct', engine, url);
await writeFile(valuePagePath, valuePage(tables));
