import 'reflect-metadata';
import { inject, optional } from 'inversify';
import { messageOf } from '../foundation/index.js';
import { ClassMetadata } from './class-metadata.js';
import type { Problem } from './problem.js';
import { describeKey, type InjectionKey, isInjectionKey } from './token.js';

/** Mistakes seen while decorators ran; reported with all others at boot instead of breaking the import. */
export const decoratorProblems = new ClassMetadata<Problem>();

export type InjectDecorator = ParameterDecorator & PropertyDecorator;

/** Makes an inject decorator for `key`; every decorator of ours that injects goes through here. */
export function injectKey(decorator: string, key: InjectionKey | undefined, isOptional = false): InjectDecorator {
  return (target: object, property: string | symbol | undefined, parameterIndex?: number) => {
    const owner = typeof target === 'function' ? target : target.constructor;
    const where = placeOf(owner, property, parameterIndex);
    const report = (message: string) => decoratorProblems.add(owner, { code: 'BAD_DECORATOR', where, message });
    if (property !== undefined && typeof parameterIndex === 'number') {
      return report(`${decorator} stands on a method parameter; use it on a constructor parameter or a property`);
    }
    if (typeof target === 'function' && property !== undefined) {
      return report(
        `${decorator} stands on a static member; use it on a constructor parameter or an instance property`,
      );
    }
    if (key === undefined || key === null) {
      return report(
        `${decorator} got ${String(key)}: the class or token is not defined yet, often because two files import each other`,
      );
    }
    if (!isInjectionKey(key))
      return report(`${decorator} got ${describeKey(key)}; name a class or a token of createToken`);
    try {
      applyTo(inject(key), target, property, parameterIndex);
      if (isOptional) applyTo(optional(), target, property, parameterIndex);
    } catch (error) {
      report(
        `${decorator} (${describeKey(key)}) clashes with another inject decorator here; keep one. ${firstLine(error)}`,
      );
    }
  };
}

function applyTo(
  decorator: unknown,
  target: object,
  property: string | symbol | undefined,
  index: number | undefined,
): void {
  (decorator as (t: object, p: string | symbol | undefined, i?: number) => void)(target, property, index);
}

function firstLine(error: unknown): string {
  return (
    messageOf(error)
      .split('\n')
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

/** `OrderService constructor parameter 2` or `OrderService.cache`. */
export function placeOf(owner: object, property: string | symbol | undefined, parameterIndex?: number): string {
  const name = describeKey(owner);
  if (property === undefined) return `${name} constructor parameter ${(parameterIndex ?? 0) + 1}`;
  return `${name}.${String(property)}`;
}
