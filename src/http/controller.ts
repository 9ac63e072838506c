import { Controller as CoreController, getControllerMetadataList, buildNormalizedPath } from '@inversifyjs/http-core';
import { type Class, decoratorProblems } from '../container/index.js';
import { onClass } from './decorator-place.js';

export interface ControllerOptions {
  /** What the paths of all routes begin with. Default `/`. */
  readonly path?: string;
  /** Controllers with a higher number are asked first. Default 0. */
  readonly priority?: number;
}

/**
 * Marks a class as a controller whose routes begin with `path`. It is injectable like any provider; list it in
 * `controllers` of its module. Harmless together with `@Injectable`, in any order, and when written twice.
 */
export function Controller(pathOrOptions: string | ControllerOptions = '/'): ClassDecorator {
  const options = typeof pathOrOptions === 'string' ? { path: pathOrOptions } : pathOrOptions;
  return (target) => {
    const owner = target as unknown as Class;
    const known = controllerPath(owner);
    if (known === undefined) return onClass('@Controller', CoreController(options), owner);
    if (known === buildNormalizedPath(options.path ?? '/')) return;
    const message = `@Controller is written twice with different paths ('${known}' and '${options.path ?? '/'}'); keep one`;
    decoratorProblems.add(owner, { code: 'BAD_DECORATOR', where: owner.name, message });
  };
}

/** The normalised path of a class that has `@Controller` itself; undefined for every other class. */
export function controllerPath(target: Class): string | undefined {
  return getControllerMetadataList()?.find((controller) => controller.target === target)?.path;
}
