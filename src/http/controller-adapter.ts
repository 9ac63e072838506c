// oxlint-disable no-underscore-dangle -- the adapter names what a subclass may change that way
import { RequestMethodType, type RouterParams } from '@inversifyjs/http-core';
import type { InversifyHonoHttpAdapter } from '@inversifyjs/http-hono';
import type { Context, HonoRequest, Next } from 'hono';
import type { Class } from '../container/index.js';
import { statusBody } from './error-response.js';

type Router = RouterParams<HonoRequest, Context, Next, globalThis.Response | undefined>;
type Route = Router['routeParamsList'][number];

/**
 * The adapter of http-hono with our rules: only `controllers` are served (http-core's list is one for the process),
 * `@Head` routes are reachable, and answers of every kind go out as `routes.ts` promises. Takes the class because
 * http-hono is loaded lazily.
 */
export function controllerAdapter(
  Base: typeof InversifyHonoHttpAdapter,
  controllers: readonly Class[],
): typeof InversifyHonoHttpAdapter {
  const served = new Set<unknown>(controllers);
  const hasStatus = new WeakSet<Context>();

  return class ControllerAdapter extends Base {
    protected override _buildRouter(router: Router): void {
      if (!served.has(router.target)) return;
      const heads = router.routeParamsList.filter(
        ({ requestMethodType }) => requestMethodType === RequestMethodType.Head,
      );
      const others = router.routeParamsList.filter(
        ({ requestMethodType }) => requestMethodType !== RequestMethodType.Head,
      );
      super._buildRouter({ ...router, routeParamsList: [...heads.map(asGetRoute), ...others] });
    }

    protected override _setStatus(
      ...[request, context, status]: Parameters<InversifyHonoHttpAdapter['_setStatus']>
    ): void {
      hasStatus.add(context);
      super._setStatus(request, context, status);
    }

    protected override _replyJson(request: HonoRequest, context: Context, value?: object): globalThis.Response {
      if (value instanceof Response) return value;
      if (value instanceof Uint8Array || value instanceof ArrayBuffer || value instanceof ReadableStream) {
        return context.body(value as ReadableStream);
      }
      if (value !== undefined) return super._replyJson(request, context, value);
      const empty = context.body(null);
      if (empty.status >= 400) return context.json(statusBody(empty.status));
      return hasStatus.has(context) || empty.status !== 200 ? empty : context.body(null, 204);
    }
  };
}

/** Hono asks its GET routes for HEAD, so a HEAD route is a GET route that lets every other method pass. */
function asGetRoute(route: Route): Route {
  const isHead = (context: Context) => context.req.raw.method === 'HEAD';
  const onlyHead =
    (handle: Route['handler']): Route['handler'] =>
    async (request, context, next) => {
      if (isHead(context)) return handle(request, context, next);
      await next();
      return undefined;
    };
  return {
    ...route,
    requestMethodType: RequestMethodType.Get,
    preHandlerMiddlewareList: route.preHandlerMiddlewareList.map(onlyHead),
    guardList: route.guardList.map(onlyHead),
    handler: onlyHead(route.handler),
    // These run behind the handler, when `next` has been called already.
    postHandlerMiddlewareList: route.postHandlerMiddlewareList.map(
      (handle) => async (request, context, next) => (isHead(context) ? handle(request, context, next) : undefined),
    ),
  };
}
