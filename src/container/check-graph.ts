import { didYouMean } from '../foundation/index.js';
import { configsOf, type ModuleGraph, type ModuleNode, type ProviderNode } from './module-graph.js';
import type { Problem } from './problem.js';
import { describeKey, type InjectionKey, resourceOf } from './token.js';

/** Finds every mistake that needs no I/O to be seen: what nothing provides, cycles, ids and providers given twice. */
export function checkGraph(graph: ModuleGraph): Problem[] {
  return [
    ...duplicateIds(graph),
    ...duplicateProviders(graph),
    ...duplicateServices(graph),
    ...badExports(graph),
    ...missingProviders(graph),
    ...cycles(graph),
  ];
}

/** What the classes of a module may inject: its own providers and configuration, and what its imports export. */
function visibleKeys(module: ModuleNode): Set<InjectionKey> {
  return new Set([...ownKeys(module), ...module.imports.flatMap((imported) => [...exportedKeys(imported)])]);
}

function ownKeys(module: ModuleNode): InjectionKey[] {
  return [...module.providers.map((provider) => provider.key), ...configsOf(module.options)];
}

function exportedKeys(module: ModuleNode): Set<InjectionKey> {
  const keys = new Set<InjectionKey>();
  for (const exported of module.options.exports ?? []) {
    const reExported = module.imports.find((imported) => imported.class === exported);
    if (reExported) for (const key of exportedKeys(reExported)) keys.add(key);
    else keys.add(exported);
  }
  return keys;
}

function missingProviders(graph: ModuleGraph): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map(graph.providers.map((provider) => [provider.key, provider.owner]));
  for (const module of graph.modules) {
    const visible = visibleKeys(module);
    for (const { key, isOptional, where } of module.providers.flatMap((provider) => provider.dependencies)) {
      if (isOptional || visible.has(key) || resourceOf(key)) continue;
      problems.push(missing(key, where, module, owners.get(key), visible));
    }
  }
  return problems;
}

function missing(
  key: InjectionKey,
  where: string,
  module: ModuleNode,
  owner: ModuleNode | undefined,
  visible: Set<InjectionKey>,
): Problem {
  const name = describeKey(key);
  const here = describeKey(module.class);
  if (owner) {
    const cures = [
      ...(exportedKeys(owner).has(key) ? [] : [`add it to the exports of ${describeKey(owner.class)}`]),
      ...(module.imports.includes(owner) ? [] : [`add ${describeKey(owner.class)} to the imports of ${here}`]),
    ];
    const cure = cures.join(', and ');
    return {
      code: 'NOT_EXPORTED',
      where,
      message: `needs ${name}, which belongs to module '${owner.options.id}'; ${cure}`,
    };
  }
  const hint = didYouMean(name, [...visible].map(describeKey));
  return {
    code: 'MISSING_PROVIDER',
    where,
    message: `needs ${name}, which nothing provides${hint}; add it to the providers of ${here}`,
  };
}

function duplicateIds(graph: ModuleGraph): Problem[] {
  const classes = new Map<string, string[]>();
  for (const module of graph.modules)
    classes.set(module.options.id, [...(classes.get(module.options.id) ?? []), describeKey(module.class)]);
  return [...classes]
    .filter(([, names]) => names.length > 1)
    .map(([id, names]) => ({
      code: 'DUPLICATE_MODULE_ID',
      where: `module '${id}'`,
      message: `${names.join(' and ')} have the same id; give each its own`,
    }));
}

function duplicateProviders(graph: ModuleGraph): Problem[] {
  const first = new Map<InjectionKey, ProviderNode>();
  const problems: Problem[] = [];
  for (const provider of graph.providers) {
    const { key } = provider;
    const other = first.get(key);
    const message = clash(provider, other, graph.configs);
    if (message !== undefined) problems.push({ code: 'DUPLICATE_PROVIDER', where: describeKey(key), message });
    if (other === undefined) first.set(key, provider);
  }
  return problems;
}

function duplicateServices({ modules }: ModuleGraph): Problem[] {
  const first = new Map<InjectionKey, ModuleNode>();
  return modules.flatMap((module) =>
    (module.options.services ?? []).flatMap(({ provide }) => {
      const other = first.get(provide);
      first.set(provide, other ?? module);
      if (other === undefined) return [];
      const places = [...new Set([other, module])].map((node) => describeKey(node.class)).join(' and ');
      return [
        {
          code: 'DUPLICATE_PROVIDER' as const,
          where: describeKey(provide),
          message: `is implemented twice, in the services of ${places}; keep one`,
        },
      ];
    }),
  );
}

/** Why a provider cannot stand beside what answers its key already; undefined when it can. */
function clash(
  provider: ProviderNode,
  other: ProviderNode | undefined,
  configs: readonly unknown[],
): string | undefined {
  const { key, owner } = provider;
  const here = describeKey(owner.class);
  if (resourceOf(key)) {
    return `is provided by the SDK, and by ${here} once more; remove it from the providers, and give tests another with override(…)`;
  }
  if (configs.includes(key))
    return `is a config class, and a provider of ${here} as well; remove it from the providers`;
  if (other === undefined || isSameClass(provider, other)) return undefined;
  return other.owner === owner
    ? `is provided twice by ${here}; keep one`
    : `is provided twice, by ${describeKey(other.owner.class)} and ${here}; keep one, and let the other import it`;
}

/** A class listed by two modules is one singleton, as if it were listed once. */
function isSameClass(a: ProviderNode, b: ProviderNode): boolean {
  return (
    a.source.kind === 'class' && b.source.kind === 'class' && a.source.class === b.source.class && a.scope === b.scope
  );
}

function badExports(graph: ModuleGraph): Problem[] {
  return graph.modules.flatMap((module) => {
    const exportable = [...ownKeys(module), ...module.imports.map((imported) => imported.class)];
    return (module.options.exports ?? [])
      .filter((key) => !exportable.includes(key))
      .map((key) => ({
        code: 'MISSING_PROVIDER' as const,
        where: `exports of ${describeKey(module.class)}`,
        message: `exports ${describeKey(key)}, which it does not provide${exportCure(key, module, exportable)}`,
      }));
  });
}

function exportCure(key: InjectionKey, module: ModuleNode, exportable: readonly InjectionKey[]): string {
  const source = module.imports.find((imported) => exportedKeys(imported).has(key));
  return source
    ? `; it comes from ${describeKey(source.class)}, so export that module`
    : didYouMean(describeKey(key), exportable.map(describeKey));
}

function cycles(graph: ModuleGraph): Problem[] {
  const byKey = new Map(graph.providers.map((provider) => [provider.key, provider]));
  const done = new Set<InjectionKey>();
  const found = new Map<string, Problem>();
  const visit = (node: ProviderNode, path: readonly InjectionKey[]) => {
    if (path.includes(node.key)) {
      const loop = path.slice(path.indexOf(node.key)).map(describeKey);
      const message = `depends on itself: ${[...loop, loop[0]].join(' → ')}; break the circle with a third class or an event`;
      found.set([...loop].sort().join(), { code: 'DEPENDENCY_CYCLE', where: loop[0]!, message });
      return;
    }
    if (done.has(node.key)) return;
    for (const { key } of node.dependencies) {
      const next = byKey.get(key);
      if (next) visit(next, [...path, node.key]);
    }
    done.add(node.key);
  };
  for (const provider of graph.providers) visit(provider, []);
  return [...found.values()];
}
