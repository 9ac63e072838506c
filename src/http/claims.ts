import { createCustomParameterDecorator } from '@inversifyjs/http-core';
import type { HonoRequest } from 'hono';
import { type Class, ClassMetadata, describeKey, type Problem } from '../container/index.js';
import { authUses } from './auth.js';
import { provenClaims } from './bearer-guard.js';
import { controllerPath } from './controller.js';
import { onParameter } from './decorator-place.js';

/** The methods with a `@Claims` in a class. */
const claimsUses = new ClassMetadata<string | symbol>();

/** The claims of the token that `@Auth()` found valid, on a parameter of the route. */
export function Claims(): ParameterDecorator {
  const core = createCustomParameterDecorator((request: HonoRequest) => provenClaims(request));
  return onParameter('@Claims', (target, method, index) => {
    core(target, method, index);
    claimsUses.add(target.constructor, method);
  });
}

/**
 * What is wrong with the guards of `controllers`: a `@Claims` that nothing would ever fill, and a `@Auth` of a base class,
 * which would not guard the routes of this one.
 */
export function checkGuards(controllers: readonly Class[]): Problem[] {
  return controllers.flatMap((controller) => [...unprovenClaims(controller), ...inheritedGuards(controller)]);
}

function unprovenClaims(controller: Class): Problem[] {
  const guarded = authUses.of(controller).map(({ method }) => method);
  const unguarded = claimsUses
    .of(controller)
    .filter((method) => ![undefined, method].some((each) => guarded.includes(each)));
  return [...new Set(unguarded)].map((method) =>
    problem(`${describeKey(controller)}.${String(method)}`, 'has @Claims() but no @Auth(), which finds them; add it'),
  );
}

function inheritedGuards(controller: Class): Problem[] {
  const base = Object.getPrototypeOf(controller) as Class;
  if (controllerPath(controller) === undefined || authUses.of(base).length === 0) return [];
  const message = `extends ${describeKey(base)}, whose @Auth() does not guard the routes of this class; write the routes and @Auth() here, and move what they share to a class without`;
  return [problem(describeKey(controller), message)];
}

function problem(where: string, message: string): Problem {
  return { code: 'BAD_DECORATOR', where, message };
}
