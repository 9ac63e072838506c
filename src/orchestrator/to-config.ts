import { serviceProblems } from './config/check-services.js';
import type { OrchestratorConfigInput } from './config/config-input.js';
import { configInvalid } from './config/config-problem.js';
import type { OrchestratorConfig } from './config/orchestrator-config.js';
import { readConfig } from './config/read-config.js';
import type { StartOrchestratorOptions } from './start-orchestrator-options.js';

/** Rejects with CONFIG_INVALID, also where the options do not suit the configuration. */
export async function toConfig(
  source: string | OrchestratorConfigInput | OrchestratorConfig,
  options: StartOrchestratorOptions,
): Promise<OrchestratorConfig> {
  const config = await checkedConfig(source, options);
  if (options.control === false) refuseToReattach(config);
  return config;
}

async function checkedConfig(
  source: string | OrchestratorConfigInput | OrchestratorConfig,
  { launchers = {}, services = [], caches = {} }: StartOrchestratorOptions,
): Promise<OrchestratorConfig> {
  const served = services.map(({ service }) => service.id);
  if (typeof source === 'string') return readConfig(source, { services: served, caches: Object.keys(caches) });
  if ('stateDirectory' in source) {
    const problems = serviceProblems(source.modules.values(), served);
    if (problems.length > 0) throw configInvalid('the configuration', problems);
    return source;
  }
  const { parseConfig } = await import('./config/parse-config.js');
  return parseConfig(source, process.cwd(), {
    launchedModules: new Set(Object.keys(launchers)),
    services: served,
    caches: Object.keys(caches),
  });
}

/** The control socket is what keeps two orchestrators from one state directory. */
function refuseToReattach({ modules }: OrchestratorConfig): void {
  const waiting = [...modules.values()].filter(({ reattachMs }) => reattachMs !== undefined);
  const message = 'needs the control socket: leave out control: false';
  const problems = waiting.map(({ id }) => ({ path: ['modules', id, 'reattach'], message }));
  if (problems.length > 0) throw configInvalid('the configuration', problems);
}
