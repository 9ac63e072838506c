export { type Class, ClassMetadata } from './class-metadata.js';
export { Inject, Injectable, type InjectableOptions, Optional, type Scope } from './decorators.js';
export { decoratorProblems, type InjectDecorator, injectKey } from './inject.js';
export { type Problem, type ProblemCode, problemCodes } from './problem.js';
export { createToken, describeKey, type InjectionKey, type Resource, resourceOf, resourceToken, type Token } from './token.js';
