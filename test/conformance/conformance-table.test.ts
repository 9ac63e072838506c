import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { moduleExtensionStructs, orchestratorExtensionStructs } from '../../src/wire/codec/extension-structs.js';
import { moduleStructs } from '../../src/wire/codec/module-structs.js';
import { orchestratorStructs } from '../../src/wire/codec/orchestrator-structs.js';
import { offeredExtensions } from '../../src/wire/extensions.js';
import { repository } from '../integration/node-process.js';

const page = readFileSync(join(repository, 'docs/conformance.md'), 'utf8');
const source = ['messages', 'message-parts', 'rotation-messages', 'routed-messages', 'stream-messages']
  .map((file) => readFileSync(join(repository, 'src/wire', `${file}.ts`), 'utf8'))
  .join('\n');
/** The cells of each row, without its first and last bar. */
const rowsIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -2).split(' | '));
const section = (title: string) => page.split('\n## ').find((part) => part.startsWith(`${title}\n`)) ?? '';
const rows = rowsIn(page);
const messages = rowsIn(section('Messages'));
const firstCells = rows.map(([first]) => first!.replaceAll('`', ''));

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

describe('the conformance table', () => {
  it('has a row for every op, and for no other', () => {
    const ops = [...source.matchAll(/readonly op: '([a-z_]+)'/g)].map(([, op]) => op!);
    expect(ops.length).toBeGreaterThan(20);
    const listed = messages
      .map(([op]) => op!.replaceAll('`', ''))
      .filter((cell) => /^[a-z_]+$/.test(cell) && cell !== 'op');
    expect(new Set(listed)).toEqual(new Set([...ops, 'identify']));
    const structs = [moduleStructs, orchestratorStructs, moduleExtensionStructs, orchestratorExtensionStructs];
    expect(new Set(ops)).toEqual(new Set(structs.flatMap((each) => Object.keys(each))));
  });

  it('says for each op which way it goes, and what both ends do', () => {
    for (const cells of messages.filter(([first]) => first!.startsWith('`'))) {
      expect(cells).toHaveLength(4);
    }
    const isBoth = (op: string) => Object.hasOwn(moduleStructs, op) && Object.hasOwn(orchestratorStructs, op);
    const directed = (direction: string, ...structs: object[]) =>
      structs.flatMap((each) => Object.keys(each)).map((op) => `${op} ${isBoth(op) ? 'both ways' : direction}`);
    const listed = messages
      .filter(([first]) => first!.startsWith('`'))
      .map(([op, way]) => `${op!.slice(1, -1)} ${way}`);
    expect(listed.toSorted()).toEqual(
      [
        ...new Set([
          'identify to orchestrator',
          ...directed('to orchestrator', moduleStructs, moduleExtensionStructs),
          ...directed('to module', orchestratorStructs, orchestratorExtensionStructs),
        ]),
      ].toSorted(),
    );
  });

  it('has a row for every feature that is offered', () => {
    const features = rowsIn(section('What is agreed')).map(([feature]) => feature!.replaceAll('`', ''));
    expect(features.slice(1)).toEqual(offeredExtensions.features);
  });

  it('has a row for every known defect of the peers', () => {
    const defects = firstCells.filter((cell) => /^[RP]\d+$/.test(cell));
    expect(defects).toEqual([...numbered('R', 29), ...numbered('P', 12)]);
    for (const cells of rows.filter(([first]) => /^[RP]\d+$/.test(first!)))
      expect(cells[1]!.length).toBeGreaterThan(10);
  });
});
