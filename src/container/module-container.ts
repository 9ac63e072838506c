import { type BindingScope, Container } from 'inversify';
import type { InjectionKey } from './token.js';
import type { ModuleGraph, ProviderNode } from './module-graph.js';
import type { Scope } from './decorators.js';

const inversifyScope: Record<Scope, BindingScope> = {
  singleton: 'Singleton',
  transient: 'Transient',
  request: 'Request',
};

/** One instance the container made for the life of the module, in the order of dependence. */
export interface Instance {
  readonly node: ProviderNode;
  readonly value: unknown;
}

/** The inversify container of one booted module, built from a graph that has been checked. */
export class ModuleContainer {
  readonly inversify = new Container({ defaultScope: 'Singleton' });
  readonly #graph: ModuleGraph;
  readonly #singletons = new Map<InjectionKey, unknown>();

  /** @param values what answers resource keys, configuration classes and overridden keys, whatever the graph says. */
  constructor(graph: ModuleGraph, values: ReadonlyMap<InjectionKey, unknown>) {
    this.#graph = graph;
    for (const [key, value] of values) {
      this.inversify.bind(key).toConstantValue(value);
      this.#singletons.set(key, value);
    }
    for (const node of uniqueNodes(graph)) if (!values.has(node.key)) this.#bind(node);
  }

  /**
   * Creates every singleton, dependencies first. `onStep` is told what is being created, and undefined at the end, so
   * that a deadline can name what is still pending.
   */
  async createSingletons(onStep: (node: ProviderNode | undefined) => void): Promise<Instance[]> {
    const instances: Instance[] = [];
    for (const node of dependenciesFirst(this.#graph)) {
      if (node.scope !== 'singleton') continue;
      onStep(node);
      const value: unknown = await this.inversify.getAsync(node.key as never);
      this.#singletons.set(node.key, value);
      instances.push({ node, value });
    }
    onStep(undefined);
    return instances;
  }

  /** The singleton of `key`, or a new instance in another scope. */
  get<T>(key: InjectionKey<T>): T {
    return (this.#singletons.has(key) ? this.#singletons.get(key) : this.inversify.get(key as never)) as T;
  }

  has(key: InjectionKey): boolean {
    return this.inversify.isBound(key);
  }

  #bind(node: ProviderNode): void {
    const binding = this.inversify.bind(node.key);
    const scope = inversifyScope[node.scope];
    switch (node.source.kind) {
      case 'value':
        binding.toConstantValue(node.source.value);
        break;
      case 'class': {
        const bound = binding.to(node.source.class);
        if (scope === 'Singleton') bound.inSingletonScope();
        else if (scope === 'Transient') bound.inTransientScope();
        else bound.inRequestScope();
        break;
      }
      case 'factory': {
        const keys = node.dependencies.map((dependency) => dependency.key);
        const bound = binding.toResolvedValue(node.source.create as never, keys as never);
        if (scope === 'Singleton') bound.inSingletonScope();
        else if (scope === 'Transient') bound.inTransientScope();
        else bound.inRequestScope();
      }
    }
  }
}

function uniqueNodes(graph: ModuleGraph): ProviderNode[] {
  return [...new Map(graph.providers.map((node) => [node.key, node])).values()];
}

function dependenciesFirst(graph: ModuleGraph): ProviderNode[] {
  const byKey = new Map(graph.providers.map((node) => [node.key, node]));
  const ordered = new Set<ProviderNode>();
  const visit = (node: ProviderNode) => {
    if (ordered.has(node)) return;
    for (const { key } of node.dependencies) {
      const next = byKey.get(key);
      if (next) visit(next);
    }
    ordered.add(node);
  };
  for (const node of byKey.values()) visit(node);
  return [...ordered];
}
