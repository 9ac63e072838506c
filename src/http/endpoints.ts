import { getControllerMethodMetadataList, RequestMethodType } from '@inversifyjs/http-core';
import type { Class } from '../container/index.js';
import type { Endpoint } from '../wire/index.js';
import { controllerPath } from './controller.js';

/** Every method a route can be written for; `@All` stands for each of them. */
export const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const healthPath = '/health';

/** The real routes of `controllers` and `/health`, one endpoint for each path, in the order they are written. */
export function endpointsOf(controllers: readonly Class[]): Endpoint[] {
  const methodsByPath = new Map<string, Set<string>>();
  for (const [path, methods] of [...controllers.flatMap(routesOf), [healthPath, ['GET']] as const]) {
    const known = methodsByPath.get(path) ?? new Set();
    methodsByPath.set(path, new Set([...known, ...methods]));
  }
  return [...methodsByPath].map(([path, methods]) => ({ path, methods: [...methods] }));
}

function routesOf(controller: Class): (readonly [string, readonly string[]])[] {
  const base = controllerPath(controller) ?? '/';
  return getControllerMethodMetadataList(controller).map(({ path, requestMethodType }) => {
    const methods = requestMethodType === RequestMethodType.All ? httpMethods : [requestMethodType.toUpperCase()];
    return [joinPaths(base, path), methods] as const;
  });
}

/** Both are normalised: they begin with a slash and only `/` ends with one. */
function joinPaths(base: string, path: string): string {
  if (base === '/') return path;
  return path === '/' ? base : `${base}${path}`;
}
