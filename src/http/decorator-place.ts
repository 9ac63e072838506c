import { type Class, decoratorProblems, placeOf } from '../container/index.js';
import { messageOf } from '../foundation/index.js';

type Member = string | symbol;

/** Applies a decorator of http-core to a parameter of an instance method; elsewhere it becomes a problem of the class. */
export function onParameter(
  decorator: string,
  apply: (target: object, method: Member, index: number) => void,
): ParameterDecorator {
  return (target, method, index) => {
    if (method !== undefined && typeof target !== 'function') return apply(target, method, index);
    report(target, method, index, `${decorator} stands outside a route; use it on a parameter of an instance method`);
  };
}

/** Applies a decorator of http-core to an instance method; elsewhere it becomes a problem of the class. */
export function onMethod(decorator: string, core: MethodDecorator): MethodDecorator {
  return (target, method, descriptor) => {
    if (typeof target !== 'function') return core(target, method, descriptor);
    report(target, method, undefined, `${decorator} stands on a static method; use it on an instance method`);
  };
}

/** Applies a class decorator of http-core; what it throws becomes a problem of the class instead of breaking the import. */
export function onClass(decorator: string, core: ClassDecorator, target: Class): void {
  try {
    core(target as never);
  } catch (error) {
    const cause = messageOf(error).split('\n')[0] ?? '';
    const message = `${decorator} cannot stand here; remove inversify's own @injectable(), which it includes. ${cause}`;
    decoratorProblems.add(target, { code: 'BAD_DECORATOR', where: target.name, message });
  }
}

function report(target: object, member: Member | undefined, index: number | undefined, message: string): void {
  const owner = typeof target === 'function' ? target : target.constructor;
  decoratorProblems.add(owner, { code: 'BAD_DECORATOR', where: placeOf(owner, member, index), message });
}
