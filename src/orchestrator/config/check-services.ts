import { didYouMean } from '../../foundation/index.js';
import type { ConfigProblem } from './config-problem.js';
import type { ModuleConfig } from './orchestrator-config.js';

type Module = Pick<ModuleConfig, 'id' | 'services' | 'serves'>;

/** Services that are served twice, and grants of services that nobody serves; `served` are those of the program. */
export function serviceProblems(modules: Iterable<Module>, served: readonly string[]): ConfigProblem[] {
  const all = [...modules];
  const twice = served.filter((id, index) => served.indexOf(id) !== index);
  const known = [...new Set([...served, ...all.flatMap(({ serves }) => [...serves])])];
  return [
    ...[...new Set(twice)].map((id) => ({
      path: [],
      message: `service '${id}' is served more than once; give startOrchestrator one of them`,
    })),
    ...all.flatMap((module, index) => servedElsewhere(module, all.slice(0, index), served)),
    ...all.flatMap(({ id, services }) =>
      [...services]
        .filter(([name, kind]) => kind === 'proxied' && !known.includes(name))
        .map(([name]) => ({ path: ['modules', id, 'services'], message: notServed(name, known) })),
    ),
  ];
}

function servedElsewhere(
  { id, serves }: Module,
  before: readonly Module[],
  served: readonly string[],
): ConfigProblem[] {
  return [...serves].flatMap((service) => {
    const other = before.find((module) => module.serves.has(service));
    if (!other && !served.includes(service)) return [];
    const whom = other ? `by module '${other.id}'` : 'by the program that starts the orchestrator';
    return [{ path: ['modules', id, 'serves'], message: `'${service}' is served ${whom}, too; leave out one of them` }];
  });
}

function notServed(name: string, served: readonly string[]): string {
  const cure = ': let a module serve it, serves: [ … ], or the program, startOrchestrator(config, { services: [ … ] })';
  return `'${name}' is not served${didYouMean(name, served) || cure}`;
}
