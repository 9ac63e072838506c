import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { moduleExtensionStructs, orchestratorExtensionStructs } from '../../src/wire/codec/extension-structs.js';
import { moduleStructs } from '../../src/wire/codec/module-structs.js';
import { orchestratorStructs } from '../../src/wire/codec/orchestrator-structs.js';
import { repository } from '../integration/node-process.js';

const page = readFileSync(join(repository, 'docs/conformance.md'), 'utf8');
const source = readFileSync(join(repository, 'src/wire/messages.ts'), 'utf8');
/** The cells of each row, without its first and last bar. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '));
const firstCells = rows.map(([first]) => first!.replaceAll('`', ''));

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

describe('the conformance table', () => {
  it('has a row for every op, and for no other', () => {
    const ops = [...source.matchAll(/readonly op: '([a-z_]+)'/g)].map(([, op]) => op!);
    expect(ops.length).toBeGreaterThan(20);
    const listed = firstCells.filter((cell) => /^[a-z_]+$/.test(cell) && cell !== 'op' && cell !== 'defect');
    expect(new Set(listed)).toEqual(new Set([...ops, 'identify']));
    expect(new Set(ops)).toEqual(new Set([...Object.keys(moduleStructs), ...Object.keys(orchestratorStructs)]));
  });

  it('says for each op which way it goes, and what both ends do', () => {
    for (const cells of rows.filter(([first]) => first!.startsWith('`'))) {
      expect(cells).toHaveLength(4);
    }
    const directed = (direction: string, ...structs: object[]) =>
      structs.flatMap((each) => Object.keys(each)).map((op) => `${op} ${direction}`);
    const listed = rows.filter(([first]) => first!.startsWith('`')).map(([op, way]) => `${op!.slice(1, -1)} ${way}`);
    expect(listed.toSorted()).toEqual(
      [
        'identify to orchestrator',
        ...directed('to orchestrator', moduleStructs, moduleExtensionStructs),
        ...directed('to module', orchestratorStructs, orchestratorExtensionStructs),
      ].toSorted(),
    );
  });

  it('has a row for every known defect of the peers', () => {
    const defects = firstCells.filter((cell) => /^[RP]\d+$/.test(cell));
    expect(defects).toEqual([...numbered('R', 29), ...numbered('P', 12)]);
    for (const cells of rows.filter(([first]) => /^[RP]\d+$/.test(first!)))
      expect(cells[1]!.length).toBeGreaterThan(10);
  });
});
