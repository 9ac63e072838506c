export { requirements } from './class-dependencies.js';
export { checkGraph } from './check-graph.js';
export { type Class, ClassMetadata } from './class-metadata.js';
export { Inject, Injectable, type InjectableOptions, Optional, type Scope } from './decorators.js';
export { decoratorProblems, type InjectDecorator, injectKey, placeOf } from './inject.js';
export { InjectLogger, loggerToken } from './inject-logger.js';
export { type CreationObserver, type Instance, ModuleContainer } from './module-container.js';
export {
  type ModuleGraph,
  type ModuleNode,
  type Overrides,
  type ProviderNode,
  readModuleGraph,
  type ResourceUse,
} from './module-graph.js';
export {
  type ClassProvider,
  type DatabaseSchema,
  type DirectResource,
  type FactoryProvider,
  type ModuleOptions,
  moduleOptions,
  type Provider,
  type ServedClass,
  type ValueProvider,
} from './module-options.js';
export { type Problem, type ProblemCode, problemCodes } from './problem.js';
export { jwtResource, tokenVerifierKey } from './token-verifier-key.js';
export {
  createToken,
  describeKey,
  type InjectionKey,
  type Resource,
  resourceOf,
  resourceToken,
  type Token,
} from './token.js';
export { type EntitySource, type MigrationSource, type TypeormOptions, typeormOptionsOn } from './typeorm-options.js';
