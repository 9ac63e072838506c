import { didYouMean } from '../../foundation/index.js';
import type { ConfigProblem } from './config-problem.js';
import type { ModuleConfig } from './orchestrator-config.js';

/** Services that are served twice, and grants of services that nobody serves. */
export function serviceProblems(
  modules: Iterable<Pick<ModuleConfig, 'id' | 'services'>>,
  served: readonly string[],
): ConfigProblem[] {
  const twice = served.filter((id, index) => served.indexOf(id) !== index);
  return [
    ...[...new Set(twice)].map((id) => ({
      path: [],
      message: `service '${id}' is served more than once; give startOrchestrator one of them`,
    })),
    ...[...modules].flatMap(({ id, services }) =>
      [...services]
        .filter(([name, kind]) => kind === 'proxied' && !served.includes(name))
        .map(([name]) => ({ path: ['modules', id, 'services'], message: notServed(name, served) })),
    ),
  ];
}

function notServed(name: string, served: readonly string[]): string {
  const cure = ': serve it in code, startOrchestrator(config, { services: [….serve(…)] })';
  return `'${name}' is not served${didYouMean(name, served) || cure}`;
}
