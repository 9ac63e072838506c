import { compileProgram } from '../compile-program.js';
import { printTable, printTargets } from '../print-table.js';
import { runModules } from '../run-modules.js';
import { median } from '../statistics.js';

/** What a process is asked for. */
export interface StampedeRequest {
  readonly key: string;
  /** How many callers ask at once. */
  readonly callers: number;
  /** How long a load takes. */
  readonly loadMs: number;
}

export interface StampedeAnswer {
  readonly loads: number;
  /** Until the last caller had its value. */
  readonly ms: number;
  /** The processes whose values the callers got. */
  readonly loadedBy: readonly number[];
}

interface Stampede {
  readonly loads: number;
  /** Of the slowest process. */
  readonly ms: number;
}

const [processes, callers, loadMs] = [8, 1_000, 100];
const ids = Array.from({ length: processes }, (_, index) => `caller-${index + 1}`);
const worlds = ['direct', 'proxied'] as const;

/** 1,000 callers in 8 processes ask `getOrSet` for an entry that is not there, again and again, on one Redis. */
export async function benchStampede(url: string, { quick }: { quick: boolean }): Promise<void> {
  const program = await compileProgram(new URL('programs/stampede-module.ts', import.meta.url));
  const measured = new Map<string, readonly Stampede[]>();
  for (const world of worlds) measured.set(world, await measure(world, url, program, quick ? 2 : 20));
  printTable(
    [`stampede, ${processes} processes`, 'rounds', 'callers', 'most loads', 'load ms', 'median ms', 'longest'],
    [...measured].map(([world, rounds]) => [
      world,
      String(rounds.length),
      String(callers),
      String(mostLoads(rounds)),
      String(loadMs),
      median(rounds.map(({ ms }) => ms)).toFixed(0),
      Math.max(...rounds.map(({ ms }) => ms)).toFixed(0),
    ]),
  );
  const target = { unit: '', direction: 'at most', required: 1 } as const;
  printTargets(
    [...measured].map(([world, rounds]) => ({
      what: `loads of an entry that ${callers} callers ask for at once, ${world}`,
      measured: mostLoads(rounds),
      ...target,
    })),
  );
}

function mostLoads(rounds: readonly Stampede[]): number {
  return Math.max(...rounds.map(({ loads }) => loads));
}

async function measure(
  world: (typeof worlds)[number],
  url: string,
  program: string,
  rounds: number,
): Promise<readonly Stampede[]> {
  const module = { command: [process.execPath, program], restart: 'never' as const };
  const granted =
    world === 'direct' ? { caches: { default: 'direct' as const }, env: { CACHE_URL: url } } : { caches: ['default'] };
  await using modules = await runModules({
    modules: Object.fromEntries(ids.map((id) => [id, { ...module, ...granted }])),
    caches: { default: { url } },
  });
  const measured: Stampede[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const answers = await Promise.all(
      ids.map((id) =>
        modules.ask<StampedeAnswer>(id, 'ask', {
          key: `${world} ${round}`,
          callers: callers / processes,
          loadMs,
        } satisfies StampedeRequest),
      ),
    );
    if (new Set(answers.flatMap(({ loadedBy }) => loadedBy)).size !== 1) throw new Error(`${world}: the values differ`);
    const loads = answers.reduce((sum, answer) => sum + answer.loads, 0);
    measured.push({ loads, ms: Math.max(...answers.map(({ ms }) => ms)) });
  }
  return measured;
}
