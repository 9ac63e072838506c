import { compileProgram } from '../compile-program.js';
import { printTable, printTargets } from '../print-table.js';
import { runModules } from '../run-modules.js';
import { median } from '../statistics.js';
import { type SpeedContender, speedContenders, type SpeedRequest } from './speed-contenders.js';

const concurrencies = [1, 64, 256] as const;
const contenders = Object.keys(speedContenders) as SpeedContender[];

/** Reads of 100 B from a Redis: a client as users run it, a module's own cache, the orchestrator's, and near hits. */
export async function benchSpeed(url: string, { quick }: { quick: boolean }): Promise<void> {
  const program = await compileProgram(new URL('programs/speed-module.ts', import.meta.url));
  const module = { command: [process.execPath, program], restart: 'never' as const };
  await using modules = await runModules({
    modules: {
      direct: { ...module, caches: { default: 'direct' }, env: { CACHE_URL: url } },
      proxied: { ...module, caches: ['default'] },
      near: { ...module, caches: { default: { near: true } } },
    },
    caches: { default: { url } },
  });
  const rounds = quick ? 1 : 9;
  const ratios = new Map<string, number>();
  for (const concurrency of concurrencies) {
    const times = new Map<SpeedContender, number[]>(contenders.map((contender) => [contender, []]));
    // The first round opens connections and compiles.
    for (let round = 0; round <= rounds; round += 1) {
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        const count = quick ? 50 : concurrency === 1 && !contender.startsWith('near') ? 1_000 : 10_000;
        const request: SpeedRequest = { contender, concurrency, count };
        const { ms } = await modules.ask<{ ms: number }>(speedContenders[contender], 'measure', request);
        if (round > 0) times.get(contender)!.push(ms / count);
      }
    }
    const reference = times.get('ioredis')!;
    for (const contender of contenders)
      ratios.set(
        `${contender}|${concurrency}`,
        median(times.get(contender)!.map((ms, round) => reference[round]! / ms)),
      );
  }
  const ratioOf = (contender: SpeedContender, concurrency: number) => ratios.get(`${contender}|${concurrency}`)!;
  printTable(
    ['reads of a Redis, of what ioredis does', ...concurrencies.map((count) => `${count} at once`)],
    contenders.map((contender) => [contender, ...concurrencies.map((count) => ratioOf(contender, count).toFixed(2))]),
  );
  printTargets([
    { what: 'proxied, 64 at once', measured: ratioOf('proxied', 64), unit: '', direction: 'at least', required: 1 },
    {
      what: 'near hits, one at once',
      measured: ratioOf('near, hits', 1),
      unit: '',
      direction: 'at least',
      required: 20,
    },
  ]);
}
