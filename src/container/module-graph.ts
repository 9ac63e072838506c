import type { Class } from './class-metadata.js';
import { classDependencies, type Dependency } from './class-dependencies.js';
import { injectableOptions, type Scope, scopes } from './decorators.js';
import type { DatabaseSchema, DirectResource, ModuleOptions, Provider, ServedClass } from './module-options.js';
import { mergedTypeormOptions } from './typeorm-options.js';
import type { Problem } from './problem.js';
import { mistakeIn, wrongScope } from './provider-mistake.js';
import { readModuleOptions } from './read-module-options.js';
import { describeKey, type InjectionKey, type Resource, resourceOf } from './token.js';

/** How a key is answered. */
export type ProviderSource =
  | { readonly kind: 'class'; readonly class: Class }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'factory'; readonly create: (...injected: never[]) => unknown };

export interface ProviderNode {
  readonly key: InjectionKey;
  readonly owner: ModuleNode;
  readonly source: ProviderSource;
  readonly scope: Scope;
  readonly dependencies: readonly Dependency[];
}

export interface ModuleNode {
  readonly class: Class;
  readonly options: ModuleOptions;
  readonly imports: readonly ModuleNode[];
  /** Own providers, controllers, what is served, and the module class itself, last. */
  readonly providers: readonly ProviderNode[];
}

/** A use of something the SDK provides. */
export interface ResourceUse {
  readonly resource: Resource;
  readonly key: InjectionKey;
  readonly where: string;
}

/** Everything that is known about a module without running any of its code. Modules stand after those they import. */
export interface ModuleGraph {
  readonly root: ModuleNode;
  readonly modules: readonly ModuleNode[];
  readonly providers: readonly ProviderNode[];
  readonly resources: readonly ResourceUse[];
  readonly controllers: readonly Class[];
  readonly configs: readonly Class[];
  /** Entities and migrations by the name of their database. */
  readonly schemas: ReadonlyMap<string, Required<DatabaseSchema>>;
  /** How the modules themselves provide what no orchestrator serves them. */
  readonly services: readonly DirectResource[];
  /** What implements something for other modules. */
  readonly serves: readonly ServedClass[];
}

/** What a test puts in place of a provider or a resource. */
export type Overrides = ReadonlyMap<InjectionKey, unknown>;

/** Reads the graph of a module; mistakes found on the way go to `problems`. */
export function readModuleGraph(rootClass: Class, problems: Problem[], overrides: Overrides = new Map()): ModuleGraph {
  const reader = new GraphReader(problems, overrides);
  const root = reader.module(rootClass, []);
  const modules = reader.modules;
  const providers = modules.flatMap((module) => module.providers);
  return {
    root,
    modules,
    providers,
    resources: resourceUses(providers, overrides),
    controllers: unique(modules.flatMap((module) => module.options.controllers ?? [])),
    configs: unique(modules.flatMap((module) => configsOf(module.options))),
    schemas: schemasOf(modules, problems),
    services: modules.flatMap((module) => module.options.services ?? []),
    serves: modules.flatMap((module) => module.options.serves ?? []),
  };
}

function schemasOf(modules: readonly ModuleNode[], problems: Problem[]): Map<string, Required<DatabaseSchema>> {
  const schemas = new Map<string, Required<DatabaseSchema>>();
  const parts = modules.flatMap((module) => {
    const { entities, migrations, typeorm, databases } = module.options;
    const all = [['default', { entities, migrations, typeorm }] as const, ...Object.entries(databases ?? {})];
    return all.map(([name, schema]) => ({ module, name, schema }));
  });
  for (const { module, name, schema } of parts) {
    const { entities = [], migrations = [], typeorm = {} } = schema;
    const known = schemas.get(name) ?? { entities: [], migrations: [], typeorm: {} };
    const conflict = (option: string) => {
      const message = `has another typeorm.${option} for database '${name}' than a module beside it; a database has one`;
      problems.push({ code: 'BAD_MODULE', where: describeKey(module.class), message });
    };
    schemas.set(name, {
      entities: unique([...known.entities, ...entities]),
      migrations: unique([...known.migrations, ...migrations]),
      typeorm: mergedTypeormOptions(known.typeorm, typeorm, conflict),
    });
  }
  return schemas;
}

export function configsOf(options: ModuleOptions): readonly Class[] {
  if (options.config === undefined) return [];
  return typeof options.config === 'function' ? [options.config] : options.config;
}

class GraphReader {
  readonly modules: ModuleNode[] = [];
  readonly #problems: Problem[];
  readonly #overrides: Overrides;
  readonly #known = new Map<Class, ModuleNode>();

  constructor(problems: Problem[], overrides: Overrides) {
    this.#problems = problems;
    this.#overrides = overrides;
  }

  module(target: Class, path: readonly Class[]): ModuleNode {
    const known = this.#known.get(target);
    if (known) return known;
    const imports: ModuleNode[] = [];
    const providers: ProviderNode[] = [];
    const node: ModuleNode = { class: target, options: readModuleOptions(target, this.#problems), imports, providers };
    const here = [...path, target];
    for (const imported of node.options.imports ?? []) {
      if (this.#isImportable(imported, target, here)) imports.push(this.module(imported, here));
    }
    this.#known.set(target, node);
    this.modules.push(node);
    const { providers: listed = [], controllers = [], serves = [] } = node.options;
    const own: Provider[] = [...listed, ...controllers, ...serves.map(({ useClass }) => useClass)];
    if (typeof target === 'function') own.push(target);
    for (const provider of unique(own)) {
      const found = this.#provider(provider, node);
      if (found) providers.push(found);
    }
    return node;
  }

  #isImportable(imported: Class | undefined, importer: Class, path: readonly Class[]): imported is Class {
    const where = describeKey(importer);
    if (typeof imported !== 'function') {
      const message = 'imports something that is not a class, often because two files import each other';
      this.#problems.push({ code: 'BAD_MODULE', where, message });
      return false;
    }
    if (!path.includes(imported)) return true;
    const cycle = [...path.slice(path.indexOf(imported)), imported].map(describeKey).join(' → ');
    this.#problems.push({
      code: 'DEPENDENCY_CYCLE',
      where,
      message: `modules import each other: ${cycle}; move what both need into a third`,
    });
    return false;
  }

  #provider(provider: Provider, owner: ModuleNode): ProviderNode | undefined {
    const mistake = mistakeIn(provider);
    if (mistake !== undefined) {
      this.#problems.push({ code: 'BAD_MODULE', where: describeKey(owner.class), message: mistake });
      return undefined;
    }
    const key = typeof provider === 'function' ? provider : provider.provide;
    if (this.#overrides.has(key)) return valueNode(key, owner, this.#overrides.get(key));
    if (typeof provider === 'function') return this.#classNode(key, provider, owner, undefined);
    if ('useClass' in provider) return this.#classNode(key, provider.useClass as Class, owner, provider.scope);
    if ('useValue' in provider) return valueNode(key, owner, provider.useValue);
    const where = `factory of ${describeKey(key)}`;
    const dependencies = (provider.inject ?? []).map((injected) => ({ key: injected, isOptional: false, where }));
    const source = { kind: 'factory', create: provider.useFactory } as const;
    return { key, owner, source, scope: provider.scope ?? 'singleton', dependencies };
  }

  #classNode(key: InjectionKey, target: Class, owner: ModuleNode, scope: Scope | undefined): ProviderNode {
    const declared = injectableOptions.of(target).findLast((options) => options.scope !== undefined)?.scope;
    if (declared !== undefined && !scopes.includes(declared)) {
      const message = `@Injectable got ${wrongScope(declared)}`;
      this.#problems.push({ code: 'BAD_DECORATOR', where: describeKey(target), message });
    }
    const dependencies = classDependencies(target, this.#problems);
    const source = { kind: 'class', class: target } as const;
    return { key, owner, source, scope: scope ?? declared ?? 'singleton', dependencies };
  }
}

function valueNode(key: InjectionKey, owner: ModuleNode, value: unknown): ProviderNode {
  return { key, owner, source: { kind: 'value', value }, scope: 'singleton', dependencies: [] };
}

function resourceUses(providers: readonly ProviderNode[], overrides: Overrides): ResourceUse[] {
  const uses = new Map<InjectionKey, ResourceUse>();
  for (const { key, where } of providers.flatMap((provider) => provider.dependencies)) {
    const resource = resourceOf(key);
    if (resource && !uses.has(key) && !overrides.has(key)) uses.set(key, { resource, key, where });
  }
  return [...uses.values()];
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
