import { optional } from 'inversify';
import { messageOf } from '../foundation/index.js';
import { type Class, ClassMetadata } from './class-metadata.js';
import { decoratorProblems, type InjectDecorator, injectKey, placeOf } from './inject.js';
import type { InjectionKey } from './token.js';

/** How long one instance lives: the module's life (default), one injection, or one `get`. */
export type Scope = (typeof scopes)[number];
export const scopes = ['singleton', 'transient', 'request'] as const;

export interface InjectableOptions {
  readonly scope?: Scope;
}

export const injectableOptions = new ClassMetadata<InjectableOptions>();

/** Marks a class as a provider. Harmless when written twice or together with `@Controller` or `@Module`. */
export function Injectable(options: InjectableOptions = {}): ClassDecorator {
  return (target) => injectableOptions.add(target, options);
}

/** Injects what `key` names, into a constructor parameter or a property. */
export function Inject<T>(key: InjectionKey<T>): InjectDecorator {
  return injectKey('@Inject', key);
}

/** Injects `undefined` instead of failing the boot when nothing provides the key. */
export function Optional(): InjectDecorator {
  return (target: object, property: string | symbol | undefined, parameterIndex?: number) => {
    try {
      (optional() as (t: object, p: string | symbol | undefined, i?: number) => void)(target, property, parameterIndex);
    } catch (error) {
      const owner = (typeof target === 'function' ? target : target.constructor) as Class;
      const message = `@Optional cannot stand here: ${messageOf(error).split('\n')[0] ?? ''}`;
      decoratorProblems.add(owner, { code: 'BAD_DECORATOR', where: placeOf(owner, property, parameterIndex), message });
    }
  };
}
