import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contenders } from './contenders/all.js';
import type { Measurement } from './measure-calls.js';
import { openCaller } from './open-caller.js';
import type { PayloadName } from './payloads.js';
import { reportWire } from './report-wire.js';

const isQuick = process.argv.includes('--quick');
const durationMs = isQuick ? 1 : 300;

/** `rounds` is how often each is measured: a round of the largest takes longer than all the others. */
function casesOf(payload: PayloadName, inFlight: readonly number[], rounds: number) {
  return inFlight.map((count) => ({ payload, inFlight: count, rounds }));
}

// A quarter of a gigabyte under way is more than our channels queue, so the largest has no 256.
const cases = isQuick
  ? [casesOf('150 B', [1, 64], 1), casesOf('1 MB', [1], 1)].flat()
  : [casesOf('150 B', [1, 64, 256], 4), casesOf('10 KB', [1, 64, 256], 4), casesOf('1 MB', [1, 64], 1)].flat();

const directory = mkdtempSync(join(tmpdir(), 'pywatt-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const callers = await Promise.all(contenders.map(({ name }) => openCaller(name, directory)));
try {
  const cells = cases.flatMap((each) =>
    callers.map((caller) => ({ ...each, contender: caller.name, caller, measured: [] as Measurement[] })),
  );
  // A first, short round compiles the hot paths and is not counted.
  for (const { caller, payload, inFlight } of cells) await caller.measure({ payload, inFlight, durationMs: 1 });
  const rounds = Math.max(...cells.map((cell) => cell.rounds));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { caller, payload, inFlight, measured } of cells.filter((each) => each.rounds >= round))
      measured.push(await caller.measure({ payload, inFlight, durationMs }));
  }
  reportWire(cells);
} finally {
  for (const caller of callers) caller.close();
}
process.exit();
