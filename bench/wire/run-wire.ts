import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contenders } from './contenders/all.js';
import type { Measurement } from './measure-calls.js';
import { openCaller } from './open-caller.js';
import type { PayloadName } from './payloads.js';
import { type Cell, reportWire } from './report-wire.js';

const isQuick = process.argv.includes('--quick');
const durationMs = isQuick ? 1 : 300;

/** Of one payload; `rounds` is how often each is measured: one of the largest takes longer than all the others. */
interface Group {
  readonly payload: PayloadName;
  readonly inFlight: readonly number[];
  readonly rounds: number;
}

// A quarter of a gigabyte under way is more than our channels queue, so the largest has no 256.
const groups: readonly Group[] = isQuick
  ? [
      { payload: '150 B', inFlight: [1, 64], rounds: 1 },
      { payload: '1 MB', inFlight: [1], rounds: 1 },
    ]
  : [
      { payload: '150 B', inFlight: [1, 64, 256], rounds: 4 },
      { payload: '10 KB', inFlight: [1, 64, 256], rounds: 4 },
      { payload: '1 MB', inFlight: [1, 64], rounds: 1 },
    ];

/** In processes of its own, so that the garbage of large payloads is not collected while small ones are measured. */
async function measureGroup({ payload, inFlight, rounds }: Group): Promise<Cell[]> {
  const directory = mkdtempSync(join(tmpdir(), 'pywatt-bench-'));
  const callers = await Promise.all(contenders.map(({ name }) => openCaller(name, directory)));
  try {
    const cells = inFlight.flatMap((count) =>
      callers.map((caller) => ({
        contender: caller.name,
        payload,
        inFlight: count,
        caller,
        measured: [] as Measurement[],
      })),
    );
    // The engine compiles what all of them use in a first round, which is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      for (const cell of cells) {
        const measurement = await cell.caller.measure({ payload, inFlight: cell.inFlight, durationMs });
        if (round > 0) cell.measured.push(measurement);
      }
    }
    return cells;
  } finally {
    for (const caller of callers) caller.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const cells: Cell[] = [];
for (const group of groups) cells.push(...(await measureGroup(group)));
reportWire(cells);
