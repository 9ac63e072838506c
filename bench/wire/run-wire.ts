import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Payload } from './contender.js';
import { contenders } from './contenders/all.js';
import { measureCalls, type Measurement } from './measure-calls.js';
import { openContender } from './open-contender.js';
import { reportWire } from './report-wire.js';

const isQuick = process.argv.includes('--quick');
const durationMs = isQuick ? 1 : 300;

function textOf(name: string, length: number): [string, Payload] {
  const text = randomBytes(length).toString('base64').slice(0, length);
  return [name, { value: text, text, bytes: Buffer.from(text) }];
}

function bytesOf(name: string, length: number): [string, Payload] {
  const bytes = randomBytes(length);
  return [name, { value: bytes, text: bytes.toString('base64'), bytes }];
}

/** `rounds` is how often each is measured: a round of the largest takes longer than all the others. */
function casesOf([name, payload]: [string, Payload], inFlight: readonly number[], rounds: number) {
  return inFlight.map((count) => ({ name, payload, inFlight: count, rounds }));
}

const small = textOf('150 B', 150);
const medium = textOf('10 KB', 10_000);
const large = bytesOf('1 MB', 1_000_000);
// A quarter of a gigabyte under way is more than our channels queue, so the largest has no 256.
const cases = isQuick
  ? [casesOf(small, [1, 64], 1), casesOf(large, [1], 1)].flat()
  : [casesOf(small, [1, 64, 256], 4), casesOf(medium, [1, 64, 256], 4), casesOf(large, [1, 64], 1)].flat();

const directory = mkdtempSync(join(tmpdir(), 'pywatt-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const open = await Promise.all(contenders.map((contender) => openContender(contender, directory)));
try {
  const cells = cases.flatMap((each) =>
    open.map((contender) => ({ ...each, contender, measured: [] as Measurement[] })),
  );
  // A first, short round compiles the hot paths and is not counted.
  for (const { contender, payload, inFlight } of cells) await measureCalls(contender, payload, inFlight, 1);
  const rounds = Math.max(...cells.map((cell) => cell.rounds));
  for (let round = 1; round <= rounds; round += 1) {
    for (const cell of cells.filter((each) => each.rounds >= round))
      cell.measured.push(await measureCalls(cell.contender, cell.payload, cell.inFlight, durationMs));
  }
  reportWire(
    cells.map(({ contender, name, inFlight, measured }) => ({
      contender: contender.name,
      payload: name,
      inFlight,
      rounds: measured,
    })),
  );
} finally {
  for (const contender of open) contender.close();
}
process.exit();
