import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileProgram } from '../compile-program.js';
import { printTable } from '../print-table.js';
import { median } from '../statistics.js';
import { prepareTables, urlOf } from './prepare-tables.js';
import { openWorlds, type Worlds } from './run-database.js';
import { type Engine, engines, type Scenario, scenarios } from './scenarios.js';

const concurrencies = [1, 64];

interface Ratio {
  readonly scenario: Scenario;
  readonly concurrency: number;
  /** Of each round: what a proxied call took over what a direct one took. */
  readonly ratios: readonly number[];
  readonly directMicroseconds: number;
}

/** The same module with a connection of its own and under the orchestrator's, in turns, on each engine that answers. */
export async function benchDatabase({ quick }: { quick: boolean }): Promise<void> {
  const program = await compileProgram(new URL('programs/database-module.ts', import.meta.url));
  for (const engine of engines) {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-bench-'));
    try {
      const url = urlOf(engine, directory);
      const remove = await prepareTables(engine, url);
      try {
        await using worlds = await openWorlds(url, program);
        report(engine, await measure(worlds, quick));
      } finally {
        await remove();
      }
    } catch (error) {
      console.log(`${engine}: left out, ${String(error)}`);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

async function measure(worlds: Worlds, quick: boolean): Promise<Ratio[]> {
  const measured: Ratio[] = [];
  const rounds = quick ? 1 : 9;
  for (const scenario of Object.keys(scenarios) as Scenario[]) {
    for (const concurrency of concurrencies) {
      const request = { scenario, concurrency, count: quick ? 5 : concurrency === 1 ? 500 : 2_000 };
      // Connections, statements and compiled code are those of a module that has run for a while.
      for (const world of ['direct', 'proxied'] as const) await worlds.measure(world, request);
      const [ratios, direct]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round += 1) {
        const order = round % 2 === 0 ? (['direct', 'proxied'] as const) : (['proxied', 'direct'] as const);
        const ms = { direct: 0, proxied: 0 };
        for (const world of order) ms[world] = await worlds.measure(world, request);
        ratios.push(ms.proxied / ms.direct);
        direct.push((ms.direct / request.count) * 1_000);
      }
      measured.push({ scenario, concurrency, ratios, directMicroseconds: median(direct) });
    }
  }
  return measured;
}

function report(engine: Engine, measured: readonly Ratio[]): void {
  printTable(
    [engine, 'at once', 'direct µs', 'proxied/direct', 'min', 'max', ...(engine === 'postgres' ? ['at most'] : [])],
    measured.map(({ scenario, concurrency, ratios, directMicroseconds }) => [
      scenario,
      String(concurrency),
      directMicroseconds.toFixed(0),
      median(ratios).toFixed(2),
      Math.min(...ratios).toFixed(2),
      Math.max(...ratios).toFixed(2),
      ...(engine === 'postgres' ? [targetOf(scenario, concurrency)] : []),
    ]),
  );
}

function targetOf(scenario: Scenario, concurrency: number): string {
  const { target, concurrentTarget }: { target?: number; concurrentTarget?: number } = scenarios[scenario];
  return String((concurrency === 1 ? target : concurrentTarget) ?? '');
}
