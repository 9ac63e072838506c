import { describe, expect, it } from '@jest/globals';
import { problemCodes } from '../../src/container/index.js';
import { errorCodes } from '../../src/foundation/index.js';
import { type CodeRow, differences, parseCodeTables } from './code-tables.js';
import { readText } from './repository.js';

const documented = parseCodeTables(readText('docs/errors.md'));
const inCode = { ...errorCodes, problem: problemCodes };

describe('docs/errors.md', () => {
  it('has every code of every family and of the check before boot, and no other', () => {
    expect(differences(inCode, documented)).toEqual([]);
  });

  it('says for each code what happened and what to do', () => {
    const unexplained = documented.filter(({ happened, cure }) => happened.length < 15 || cure.length < 10);
    expect(unexplained).toEqual([]);
  });
});

describe('the comparison of codes', () => {
  const row = (family: string, code: string): CodeRow => ({ family, code, happened: 'x', cure: 'y' });

  it('reads family, code, cause and cure from a table', () => {
    const text =
      '## `cache` (CacheError)\n\nWords.\n\n| code | what happened | what to do |\n|---|---|---|\n| `FULL` | No room. | Make room. |\n';
    expect(parseCodeTables(text)).toEqual([
      { family: 'cache', code: 'FULL', happened: 'No room.', cure: 'Make room.' },
    ]);
  });

  it('reports a code that is not documented, one that no longer exists and one that stands twice', () => {
    expect(differences({ cache: ['FULL'] }, [])).toEqual(['cache FULL is not in docs/errors.md']);
    expect(differences({ cache: [] }, [row('cache', 'FULL')])).toEqual(['cache FULL is only in docs/errors.md']);
    expect(differences({ cache: ['FULL'] }, [row('cache', 'FULL'), row('cache', 'FULL')])).toEqual([
      'cache FULL is in docs/errors.md twice',
    ]);
  });

  it('does not take the code of one family for that of another', () => {
    expect(differences({ cache: ['TIMEOUT'] }, [row('database', 'TIMEOUT')])).toHaveLength(2);
  });
});
