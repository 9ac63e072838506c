import { UseGuard } from '@inversifyjs/http-core';
import { type Class, ClassMetadata, placeOf, requirements, tokenVerifierKey } from '../container/index.js';
import type { TokenVerifier } from '../foundation/index.js';
import { type AuthOptions, BearerGuard } from './bearer-guard.js';
import { onMethod } from './decorator-place.js';

/** One use of `@Auth`. */
interface AuthUse {
  /** Undefined on a class. */
  readonly method: string | symbol | undefined;
  readonly guard: new (verifier: TokenVerifier) => BearerGuard;
}

/** The uses of `@Auth` in a controller. */
export const authUses = new ClassMetadata<AuthUse>();

/**
 * Lets only requests with a valid token (`Authorization: Bearer …`) through to a route, or to all routes of a controller:
 * 401 says what is missing or wrong, 403 which scope is. On both, both must be satisfied. The handler gets the claims
 * through `@Claims()`. The module needs tokens: `PYWATT_JWT_*` by itself, `jwt` in its grants under an orchestrator.
 */
export function Auth(options: AuthOptions = {}): ClassDecorator & MethodDecorator {
  const decorator = (target: object, method?: string | symbol, descriptor?: PropertyDescriptor) => {
    class Guard extends BearerGuard {
      constructor(verifier: TokenVerifier) {
        super(verifier, options);
      }
    }
    const use = UseGuard(Guard);
    if (method === undefined) (use as ClassDecorator)(target as Class);
    else onMethod('@Auth', use as MethodDecorator)(target, method, descriptor!);
    const owner = typeof target === 'function' ? target : target.constructor;
    const where = `@Auth of ${placeOf(owner, method ?? 'class')}`;
    requirements.add(owner, { key: tokenVerifierKey, isOptional: false, where });
    authUses.add(owner, { method, guard: Guard });
  };
  return decorator;
}
