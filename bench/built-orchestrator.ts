import type * as Orchestrator from '../src/orchestrator/index.js';

// As users run it: compiled, not each file by the loader that runs the benchmark. A path in a constant stays what it is.
const built = new URL('../dist/orchestrator.js', import.meta.url).href;

export const { startOrchestrator } = (await import(built)) as typeof Orchestrator;
