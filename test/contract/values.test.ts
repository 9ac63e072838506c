import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { mariadbAnswers } from '../integration/mariadb-server.js';
import { describeWithPostgres } from '../integration/postgres-server.js';
import { valueEngines, valuePagePath } from './values/value-engines.js';
import { valuePage } from './values/value-table.js';
import { valuesIn } from './values/value-worlds.js';

const page = await readFile(valuePagePath, 'utf8');
const describeWith = {
  none: describe,
  postgres: await describeWithPostgres(),
  mysql: (await mariadbAnswers()) ? describe : describe.skip,
};

// PGlite makes a new cluster each time, which takes seconds of computing.
const startMs = 180_000;

for (const { title, engine, url, server = 'none' } of valueEngines) {
  describeWith[server](`the values of ${title}`, () => {
    it.each(['direct', 'proxied'] as const)(
      'are what docs/values.md says, %s',
      async (world) => {
        const [, table] = valuePage({ [title]: await valuesIn(world, engine, url) }).split(`## ${title}\n`);
        expect(page).toContain(table);
      },
      startMs,
    );
  });
}
