import { getControllerMethodMetadataList, RequestMethodType } from '@inversifyjs/http-core';
import type { Class } from '../container/index.js';
import type { Endpoint } from '../wire/index.js';
import { authUses } from './auth.js';
import { controllerPath } from './controller.js';

/** Every method a route can be written for; `@All` stands for each of them. */
export const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const healthPath = '/health';

/** The real routes of `controllers` and `/health`, one endpoint for each path, in the order they are written. */
export function endpointsOf(controllers: readonly Class[]): Endpoint[] {
  const routesByPath = new Map<string, Route[]>();
  const health: Route = { path: healthPath, methods: ['GET'], isGuarded: false };
  for (const route of [...controllers.flatMap(routesOf), health])
    routesByPath.set(route.path, [...(routesByPath.get(route.path) ?? []), route]);
  return [...routesByPath].map(([path, routes]) => ({
    path,
    methods: [...new Set(routes.flatMap(({ methods }) => methods))],
    // A peer of the plain protocol says so of the whole path.
    ...(routes.every(({ isGuarded }) => isGuarded) && { auth: 'jwt' }),
  }));
}

interface Route {
  readonly path: string;
  readonly methods: readonly string[];
  readonly isGuarded: boolean;
}

function routesOf(controller: Class): Route[] {
  const base = controllerPath(controller) ?? '/';
  const guarded = new Set(authUses.of(controller).map(({ method }) => method));
  return getControllerMethodMetadataList(controller).map(({ methodKey, path, requestMethodType }) => ({
    path: joinPaths(base, path),
    methods: requestMethodType === RequestMethodType.All ? httpMethods : [requestMethodType.toUpperCase()],
    isGuarded: guarded.has(undefined) || guarded.has(methodKey),
  }));
}

/** Both are normalised: they begin with a slash and only `/` ends with one. */
function joinPaths(base: string, path: string): string {
  if (base === '/') return path;
  return path === '/' ? base : `${base}${path}`;
}
