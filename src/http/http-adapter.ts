import { CatchError, type ErrorFilter, httpApplicationServiceIdentifier } from '@inversifyjs/http-core';
import type { Context, Hono, HonoRequest } from 'hono';
import type { Container } from 'inversify';
import { type Class, tokenVerifierKey } from '../container/index.js';
import type { Logger, TokenVerifier } from '../foundation/index.js';
import { authUses } from './auth.js';
import { controllerAdapter } from './controller-adapter.js';
import { httpMethods } from './endpoints.js';
import type { ErrorResponder } from './error-response.js';

export interface HttpAdapterOptions {
  readonly container: Container;
  readonly controllers: readonly Class[];
  readonly logger: Logger;
  readonly onError: ErrorResponder;
}

/** The Hono app of `controllers`; routes added to it afterwards come behind theirs. Loads Hono at the first call. */
export async function createHonoApp({ container, controllers, logger, onError }: HttpAdapterOptions): Promise<Hono> {
  const { Hono } = await import('hono');
  const app = new Hono({ strict: false });
  app.onError((error, context) => onError(error, context.req.raw));
  app.notFound((context) => notFound(app, context));
  // http-core refuses to build when no class of the process has @Controller.
  if (controllers.length === 0) return app;

  bindGuards(container, controllers);
  const { InversifyHonoHttpAdapter } = await import('@inversifyjs/http-hono');
  const Adapter = controllerAdapter(InversifyHonoHttpAdapter, controllers);
  const adapter = new Adapter(container, { logger: quiet(logger) }, app);
  adapter.useGlobalFilters(bindErrorFilter(container, onError));
  await adapter.build();
  // The adapter binds its app for injection and allows one for each container; nothing of ours injects it.
  container.unbind(httpApplicationServiceIdentifier);
  return app;
}

/** http-core resolves guards from the container, too. */
function bindGuards(container: Container, controllers: readonly Class[]): void {
  for (const { guard: Guard } of controllers.flatMap((controller) => authUses.of(controller))) {
    if (container.isBound(Guard)) continue;
    container.bind(Guard).toConstantValue(new Guard(container.get<TokenVerifier>(tokenVerifierKey)));
  }
}

/** http-core resolves filters from the container; a class of its own for each app keeps two apps apart. */
function bindErrorFilter(container: Container, onError: ErrorResponder) {
  @CatchError()
  class AnswerError implements ErrorFilter<unknown, HonoRequest, Context, Response> {
    catch(error: unknown, request: HonoRequest): Response {
      return onError(error, request.raw);
    }
  }
  container.bind(AnswerError).toConstantValue(new AnswerError());
  return AnswerError;
}

/** 405 with `allow` (204 for OPTIONS) where another method would be answered, else 404. */
function notFound(app: Hono, context: Context): Response {
  const { method } = context.req;
  const path = app.getPath(context.req.raw);
  const allowed = httpMethods.filter((other) => other !== method && app.router.match(other, path)[0].length > 0);
  if (allowed.length === 0) {
    return context.json({ error: `nothing answers ${method} ${path}`, code: 'NOT_FOUND' }, 404);
  }
  context.header('allow', [...new Set([...allowed, 'OPTIONS'])].join(', '));
  if (method === 'OPTIONS') return context.body(null, 204);
  return context.json({ error: `${path} does not answer ${method}`, code: 'METHOD_NOT_ALLOWED' }, 405);
}

/** The adapter's own logger prints to stdout; ours gets its warnings, and its chatter only for debugging. */
function quiet(logger: Logger) {
  const debug = (message: string) => logger.debug(message);
  const [warn, error] = [(message: string) => logger.warn(message), (message: string) => logger.error(message)];
  return {
    debug,
    info: debug,
    http: debug,
    verbose: debug,
    silly: debug,
    warn,
    error,
    log: (_level: string, message: string) => debug(message),
  };
}
