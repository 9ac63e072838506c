import { type RunningModules, runModules } from '../run-modules.js';
import type { MeasureRequest } from './scenarios.js';

/** The two modules, under one orchestrator, in processes of their own. */
export interface Worlds extends AsyncDisposable {
  /** Milliseconds that the calls took in the module. */
  measure(world: 'direct' | 'proxied', request: MeasureRequest): Promise<number>;
}

/** Starts the same program twice: once with a connection of its own, once with the orchestrator's. */
export async function openWorlds(url: string, program: string): Promise<Worlds> {
  const module = { command: [process.execPath, program], restart: 'never' as const };
  const modules: RunningModules = await runModules({
    modules: {
      direct: { ...module, databases: { default: 'direct' }, env: { DATABASE_URL: url } },
      proxied: { ...module, databases: ['default'] },
    },
    databases: { default: { url } },
  });
  return {
    measure: async (world, request) => (await modules.ask<{ ms: number }>(world, 'measure', request)).ms,
    [Symbol.asyncDispose]: () => modules[Symbol.asyncDispose](),
  };
}
