import {
  checkGraph,
  type Class,
  describeKey,
  type ModuleGraph,
  type Overrides,
  type Problem,
  readModuleGraph,
} from '../container/index.js';
import { checkProxiedDatabase } from '../database/index.js';
import { BootError, didYouMean } from '../foundation/index.js';
import type { Environment } from './environment.js';
import { classesOf } from './open-resources.js';

/**
 * Reads and checks the whole static graph of a module: no I/O, no user code but decorators. Throws one GRAPH_INVALID
 * that lists every problem; OVERRIDE_INVALID for an override that nothing uses.
 */
export async function checkedGraph(root: Class, environment: Environment, overrides: Overrides): Promise<ModuleGraph> {
  const problems: Problem[] = [];
  const graph = readModuleGraph(root, problems, overrides);
  problems.push(...checkGraph(graph));
  if (graph.controllers.length > 0) {
    const { checkBodies } = await import('../http/index.js');
    problems.push(...checkBodies(graph.controllers));
  }
  if (environment === 'proxied') {
    problems.push(...checkProxiedDatabase(classesOf(graph), graph.resources));
  }
  if (problems.length > 0) throw graphError(root, problems);
  checkOverrides(graph, overrides);
  return graph;
}

function graphError(root: Class, problems: readonly Problem[]): BootError {
  const lines = problems.map(({ code, where, message }) => `  - ${code} ${where}: ${message}`);
  return new BootError(
    'GRAPH_INVALID',
    `${describeKey(root)} has ${problems.length} problem(s):\n${lines.join('\n')}`,
    {
      details: { problems: problems.map(({ code, where, message }) => ({ code, where, message })) },
    },
  );
}

function checkOverrides(graph: ModuleGraph, overrides: Overrides): void {
  const used = new Set<unknown>([
    ...graph.providers.map(({ key }) => key),
    ...graph.providers.flatMap(({ dependencies }) => dependencies.map(({ key }) => key)),
  ]);
  const unused = [...overrides.keys()].filter((key) => !used.has(key));
  if (unused.length === 0) return;
  const names = [...used].map(describeKey);
  const list = unused.map((key) => `${describeKey(key)}${didYouMean(describeKey(key), names)}`).join(', ');
  throw new BootError('OVERRIDE_INVALID', `nothing in ${describeKey(graph.root.class)} uses the override of ${list}`);
}
