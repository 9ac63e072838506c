import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrchestratorConfigInput } from '../src/orchestrator/index.js';
import { startOrchestrator } from './built-orchestrator.js';
import { silentLogger } from './silent-logger.js';

/** Modules under an orchestrator of their own, in processes of their own, asked over its gateway. */
export interface RunningModules extends AsyncDisposable {
  /** The JSON that a POST of `body` is answered with; rejects for any other answer. */
  ask<T>(id: string, path: string, body: object): Promise<T>;
}

/** Rejects when one of them does not start. */
export async function runModules(
  config: Pick<OrchestratorConfigInput, 'modules' | 'caches' | 'databases'>,
): Promise<RunningModules> {
  const state = await mkdtemp(join(tmpdir(), 'pywatt-bench-'));
  const orchestrator = await startOrchestrator(
    { ...config, gateway: { listen: '127.0.0.1:0', requestTimeout: '5m' }, state },
    { logger: silentLogger, control: false },
  );
  const close = async () => {
    await orchestrator.close();
    await rm(state, { recursive: true, force: true });
  };
  await orchestrator.ready;
  for (const { id, state: is, lastEnd } of orchestrator.modules.values()) {
    if (is === 'running') continue;
    await close();
    throw new Error(`the module '${id}' did not start: ${lastEnd ?? is}`);
  }
  return {
    ask: async <T>(id: string, path: string, body: object) => {
      const response = await fetch(`${orchestrator.gateway}/${id}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (response.status >= 300) throw new Error(`${id}, ${path}: ${await response.text()}`);
      return (await response.json()) as T;
    },
    [Symbol.asyncDispose]: close,
  };
}
