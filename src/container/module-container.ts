import { type BindInWhenOnFluentSyntax, type BindWhenOnFluentSyntax, Container } from 'inversify';
import { BootError, didYouMean, messageOf } from '../foundation/index.js';
import { describeKey, type InjectionKey } from './token.js';
import type { ModuleGraph, ProviderNode } from './module-graph.js';
import type { Scope } from './decorators.js';

/** One instance the container made for the life of the module, in the order of dependence. */
export interface Instance {
  readonly node: ProviderNode;
  readonly value: unknown;
}

/** What the creation of singletons tells. */
export interface CreationObserver {
  /** What is being created now, undefined at the end; a throw ends the creation. */
  readonly onStep: (node: ProviderNode | undefined) => void;
  readonly onCreated: (instance: Instance) => void;
}

/** The inversify container of one booted module, built from a graph that has been checked. */
export class ModuleContainer {
  readonly inversify = new Container({ defaultScope: 'Singleton' });
  readonly #graph: ModuleGraph;
  readonly #onInstance: (instance: object) => void;
  readonly #singletons = new Map<InjectionKey, unknown>();

  /**
   * @param values what answers resource keys, configuration classes and overridden keys, whatever the graph says.
   * @param onInstance is given every instance of a provider class, of whatever scope, as soon as it exists.
   */
  constructor(
    graph: ModuleGraph,
    values: ReadonlyMap<InjectionKey, unknown>,
    onInstance: (instance: object) => void = () => undefined,
  ) {
    this.#graph = graph;
    this.#onInstance = onInstance;
    for (const [key, value] of values) {
      this.inversify.bind(key).toConstantValue(value);
      this.#singletons.set(key, value);
    }
    for (const node of uniqueNodes(graph)) if (!values.has(node.key)) this.#bind(node);
  }

  /**
   * Creates every singleton, dependencies first. A constructor or factory that fails is a `BootError`
   * LIFECYCLE_FAILED that names it.
   */
  async createSingletons({ onStep, onCreated }: CreationObserver): Promise<void> {
    for (const node of dependenciesFirst(this.#graph)) {
      if (node.scope !== 'singleton') continue;
      onStep(node);
      const value = await this.#create(node);
      this.#singletons.set(node.key, value);
      onCreated({ node, value });
    }
    onStep(undefined);
  }

  /** The singleton of `key`, or a new instance in another scope. Throws `BootError` NOT_PROVIDED. */
  get<T>(key: InjectionKey<T>): T {
    if (this.#singletons.has(key)) return this.#singletons.get(key) as T;
    if (this.has(key)) return this.inversify.get(key as never);
    const name = describeKey(key);
    const known = [...this.#singletons.keys(), ...this.#graph.providers.map((node) => node.key)].map(describeKey);
    const message = `module '${this.#graph.root.options.id}' neither provides nor injects ${name}${didYouMean(name, known)}`;
    throw new BootError('NOT_PROVIDED', message);
  }

  has(key: InjectionKey): boolean {
    return this.inversify.isBound(key);
  }

  async #create(node: ProviderNode): Promise<unknown> {
    try {
      return await this.inversify.getAsync(node.key as never);
    } catch (error) {
      const message = `creating ${describeKey(node.key)} failed: ${messageOf(error)}`;
      throw new BootError('LIFECYCLE_FAILED', message, { cause: error });
    }
  }

  #bind(node: ProviderNode): void {
    const binding = this.inversify.bind(node.key);
    switch (node.source.kind) {
      case 'value':
        binding.toConstantValue(node.source.value);
        break;
      case 'class':
        inScope(binding.to(node.source.class), node.scope).onActivation((_context, instance) => {
          this.#onInstance(instance as object);
          return instance;
        });
        break;
      case 'factory': {
        const keys = node.dependencies.map((dependency) => dependency.key);
        inScope(binding.toResolvedValue(node.source.create as never, keys as never), node.scope);
      }
    }
  }
}

function inScope(binding: BindInWhenOnFluentSyntax<unknown>, scope: Scope): BindWhenOnFluentSyntax<unknown> {
  switch (scope) {
    case 'singleton':
      return binding.inSingletonScope();
    case 'transient':
      return binding.inTransientScope();
    case 'request':
      return binding.inRequestScope();
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
