import {
  checkGraph,
  type Class,
  type ModuleOptions,
  moduleOptions,
  type Problem,
  readModuleGraph,
} from '../../../src/container/index.js';

/** A module class with these options, as `@Module` makes one. */
export function moduleOf(name: string, options: ModuleOptions): Class {
  const target = { [name]: class {} }[name]!;
  moduleOptions.add(target, options);
  return target;
}

/** Everything the check of the static graph finds. */
export function problemsOf(root: Class): Problem[] {
  const problems: Problem[] = [];
  const graph = readModuleGraph(root, problems);
  return [...problems, ...checkGraph(graph)];
}
