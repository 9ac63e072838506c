import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOrchestrator } from '../built-orchestrator.js';
import { compileProgram } from '../compile-program.js';
import { printTable, printTargets } from '../print-table.js';
import { silentLogger } from '../silent-logger.js';
import { median } from '../statistics.js';

const moduleIds = ['first', 'second', 'third', 'fourth'];
const concurrency = 16;

/**
 * Rotations of a secret that four modules use for every request, while requests come through the gateway. A request has
 * failed when it is not answered with 200, or with a signature of no key that was in force while it ran.
 */
export async function benchRotation({ quick }: { quick: boolean }): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-bench-'));
  const keys = [newKey()];
  await mkdir(join(directory, 'secrets'));
  await writeFile(join(directory, 'secrets', 'SIGNING_KEY'), keys[0]!);
  const command = [process.execPath, await compileProgram(new URL('programs/signs.ts', import.meta.url))];
  await using orchestrator = await startOrchestrator(
    {
      modules: Object.fromEntries(moduleIds.map((id) => [id, { command, secrets: ['SIGNING_KEY'] }])),
      secrets: [{ file: join(directory, 'secrets') }],
      gateway: { listen: '127.0.0.1:0' },
      state: join(directory, 'state'),
    },
    { logger: silentLogger },
  );
  try {
    await orchestrator.ready;
    const load = new Load(orchestrator.gateway!, keys);
    const running = Array.from({ length: concurrency }, () => load.run());
    const acknowledged: number[] = [];
    const whole: number[] = [];
    for (let rotation = 0; rotation < (quick ? 5 : 100); rotation += 1) {
      const key = newKey();
      keys.push(key);
      const report = await orchestrator.rotateSecret('SIGNING_KEY', key);
      if (report.outcome !== 'committed') throw new Error(`not committed: ${JSON.stringify(report)}`);
      acknowledged.push(report.acknowledgedMs!);
      whole.push(report.durationMs);
    }
    load.stop();
    await Promise.all(running);
    print(acknowledged, whole, load);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function print(acknowledged: readonly number[], whole: readonly number[], { requests, failed }: Load): void {
  const row = (name: string, values: readonly number[]) => {
    const sorted = values.toSorted((a, b) => a - b);
    return [
      name,
      median(values).toFixed(0),
      sorted[Math.floor(sorted.length * 0.95)]!.toFixed(0),
      sorted.at(-1)!.toFixed(0),
    ];
  };
  printTable(
    ['ms', 'median', '95 %', 'longest'],
    [row('all acknowledged', acknowledged), row('committed and recorded', whole)],
  );
  console.log(`${acknowledged.length} rotations in ${moduleIds.length} modules, ${requests} requests meanwhile`);
  printTargets([{ what: 'failed requests', measured: failed, unit: '', direction: 'at most', required: 0 }]);
}

/** Requests one after another to all modules in turn, until it is stopped. */
class Load {
  requests = 0;
  failed = 0;
  #isOver = false;

  constructor(
    private readonly gateway: string,
    private readonly keys: readonly string[],
  ) {}

  stop(): void {
    this.#isOver = true;
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      const text = String((this.requests += 1));
      const id = moduleIds[this.requests % moduleIds.length]!;
      // The key in force when the request began may retire while it runs.
      const oldest = Math.max(0, this.keys.length - 2);
      const signature = await this.#sign(id, text).catch(() => undefined);
      const isRight = this.keys
        .slice(oldest)
        .some((key) => createHmac('sha256', key).update(text).digest('hex') === signature);
      if (!isRight) this.failed += 1;
    }
  }

  async #sign(id: string, text: string): Promise<string> {
    const response = await fetch(`${this.gateway}/${id}/sign/${text}`);
    const { signature } = (await response.json()) as { signature: string };
    return signature;
  }
}

function newKey(): string {
  return randomBytes(24).toString('base64url');
}
