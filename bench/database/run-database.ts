import { startOrchestrator } from '../../src/orchestrator/index.js';
import { silentLogger } from '../silent-logger.js';
import type { MeasureRequest } from './scenarios.js';

/** The two modules, under one orchestrator, in processes of their own. */
export interface Worlds extends AsyncDisposable {
  /** Milliseconds that the calls took in the module. */
  measure(world: 'direct' | 'proxied', request: MeasureRequest): Promise<number>;
}

/** Starts the same program twice: once with a connection of its own, once with the orchestrator's. */
export async function openWorlds(url: string, program: string, state: string): Promise<Worlds> {
  const command = [process.execPath, program];
  const module = { command, restart: 'never' as const };
  const orchestrator = await startOrchestrator(
    {
      modules: {
        direct: { ...module, databases: { default: 'direct' }, env: { DATABASE_URL: url } },
        proxied: { ...module, databases: ['default'] },
      },
      databases: { default: { url } },
      gateway: { listen: '127.0.0.1:0', requestTimeout: '5m' },
      state,
    },
    { logger: silentLogger, control: false },
  );
  await orchestrator.ready;
  for (const { id, state: is, lastEnd } of orchestrator.modules.values()) {
    if (is === 'running') continue;
    await orchestrator.close();
    throw new Error(`the module '${id}' did not start: ${lastEnd ?? is}`);
  }
  return {
    measure: async (world, request) => {
      const response = await fetch(`${orchestrator.gateway}/${world}/measure`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      if (response.status >= 300) throw new Error(`${world}, ${request.scenario}: ${await response.text()}`);
      return ((await response.json()) as { ms: number }).ms;
    },
    [Symbol.asyncDispose]: () => orchestrator.close(),
  };
}
