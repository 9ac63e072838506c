import { printTable, printTargets } from '../print-table.js';
import { median } from '../statistics.js';
import { binaryFrames } from './contenders/binary-frames.js';
import { jsonLines } from './contenders/json-lines.js';
import { oneWritePerMessage } from './contenders/one-write-per-message.js';
import { rawSocket } from './contenders/raw-socket.js';
import { vscodeJsonrpc } from './contenders/vscode-jsonrpc.js';
import type { Measurement } from './measure-calls.js';

/** All rounds of one contender with one payload and one number of calls in flight. */
export interface Cell {
  readonly contender: string;
  readonly payload: string;
  readonly inFlight: number;
  readonly measured: readonly Measurement[];
}

export function reportWire(cells: readonly Cell[]): void {
  for (const group of groupsOf(cells)) {
    const { payload, inFlight } = group[0]!;
    const of = reader(group);
    printTable(
      [`${payload}, ${inFlight} in flight`, 'calls/s', 'to raw', 'to jsonrpc', 'CPU us/call', 'to one write'],
      group.map(({ contender }) => {
        const { rate, cpu } = of(contender);
        return [
          contender,
          rate.toFixed(0),
          (rate / of(rawSocket.name).rate).toFixed(3),
          (rate / of(vscodeJsonrpc.name).rate).toFixed(2),
          cpu.toFixed(1),
          (cpu / of(oneWritePerMessage.name).cpu).toFixed(2),
        ];
      }),
    );
    console.log('');
  }
  reportTargets(cells);
}

/** Of the smallest payload, where what a call costs by itself shows. */
function reportTargets(cells: readonly Cell[]): void {
  const [smallest] = groupsOf(cells);
  const inFlight = (count: number) =>
    reader(cells.filter((cell) => cell.payload === smallest![0]!.payload && cell.inFlight === count));
  const [one, many] = [inFlight(1), inFlight(64)];
  const throughput = (name: string) => many(name).rate / many(vscodeJsonrpc.name).rate;
  const cpu = (name: string) => many(name).cpu / many(oneWritePerMessage.name).cpu;
  const sequential = (name: string) => one(rawSocket.name).rate / one(name).rate;
  const times = { unit: 'x' } as const;
  const atLeast = { ...times, direction: 'at least' } as const;
  const atMost = { ...times, direction: 'at most' } as const;
  const [lines, frames] = [jsonLines.name, binaryFrames.name];
  printTargets([
    {
      what: `${lines}, throughput of vscode-jsonrpc`,
      measured: throughput(lines),
      ...atLeast,
      required: 5,
      ambitious: 7,
    },
    {
      what: `${frames}, throughput of vscode-jsonrpc`,
      measured: throughput(frames),
      ...atLeast,
      required: 8,
      ambitious: 11,
    },
    {
      what: `${lines}, time of a raw echo, sequential`,
      measured: sequential(lines),
      ...atMost,
      required: 1.4,
      ambitious: 1.2,
    },
    {
      what: `${frames}, time of a raw echo, sequential`,
      measured: sequential(frames),
      ...atMost,
      required: 1.4,
      ambitious: 1.2,
    },
    {
      what: `${lines}, processor time of one write each`,
      measured: cpu(lines),
      ...atMost,
      required: 0.65,
      ambitious: 0.5,
    },
    {
      what: `${frames}, processor time of one write each`,
      measured: cpu(frames),
      ...atMost,
      required: 0.65,
      ambitious: 0.5,
    },
  ]);
}

function reader(group: readonly Cell[]): (contender: string) => { rate: number; cpu: number } {
  return (contender) => {
    const rounds = group.find((cell) => cell.contender === contender)?.measured ?? [];
    return {
      rate: median(rounds.map((round) => round.callsPerSecond)),
      cpu: median(rounds.map((round) => round.cpuPerCall)),
    };
  };
}

function groupsOf(cells: readonly Cell[]): Cell[][] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.payload} ${cell.inFlight}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()];
}
