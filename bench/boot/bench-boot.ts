import { printTable, printTargets } from '../print-table.js';
import { median } from '../statistics.js';
import { compilePrograms } from './compile-programs.js';
import { type Start, startBareNode, startModule, startPrinting } from './measure-start.js';

interface Contender {
  readonly name: string;
  readonly start: () => Promise<Start>;
}

/**
 * Time and memory from the spawn of a module until its announcement, beside bare Node and NestJS. The contenders take
 * turns, so that whatever else the machine does meets them alike.
 */
export async function benchBoot({ quick }: { quick: boolean }): Promise<void> {
  const programs = await compilePrograms();
  const contenders: Contender[] = [
    { name: 'node -e 0', start: startBareNode },
    { name: 'module, empty', start: () => startModule('empty', programs.empty) },
    { name: 'module, 50 providers', start: () => startModule('fifty-providers', programs['fifty-providers']) },
    { name: 'NestJS context, empty', start: () => startPrinting(programs['nest-empty']) },
    { name: 'NestJS context, 50 providers', start: () => startPrinting(programs['nest-fifty-providers']) },
  ];
  const rounds = quick ? 1 : 20;
  const measured = contenders.map(({ name }) => ({ name, starts: [] as Start[] }));
  // The first round fills the caches of the file system and is not counted.
  for (let round = quick ? 1 : 0; round <= rounds; round += 1) {
    for (const [index, { start }] of contenders.entries()) {
      const measurement = await start();
      if (round > 0) measured[index]!.starts.push(measurement);
    }
  }
  report(measured);
}

function report(measured: readonly { name: string; starts: readonly Start[] }[]): void {
  const medians = measured.map(({ name, starts }) => ({
    name,
    ms: median(starts.map((start) => start.ms)),
    mb: median(starts.map((start) => start.peakBytes)) / 1e6,
  }));
  const [bare, empty] = medians as [(typeof medians)[0], (typeof medians)[0]];
  printTable(
    ['from spawn to ready', 'ms', 'over bare', 'ratio', 'peak MB', 'over bare'],
    medians.map(({ name, ms, mb }) => [
      name,
      ms.toFixed(0),
      `+${(ms - bare.ms).toFixed(0)}`,
      (ms / bare.ms).toFixed(2),
      mb.toFixed(1),
      `+${(mb - bare.mb).toFixed(1)}`,
    ]),
  );
  console.log(`medians of ${measured[0]!.starts.length} starts each, taken in turns`);
  printTargets([
    {
      what: 'time over bare Node, empty module',
      measured: empty.ms - bare.ms,
      unit: ' ms',
      direction: 'at most',
      required: 60,
      ambitious: 20,
    },
    {
      what: 'memory over bare Node, empty module',
      measured: empty.mb - bare.mb,
      unit: ' MB',
      direction: 'at most',
      required: 10,
    },
  ]);
}
