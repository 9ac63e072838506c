import type { Container } from 'inversify';
import type { Class } from '../container/index.js';
import { BootError, buildInfo, type Logger } from '../foundation/index.js';
import { redactAnswer, type SecretFinder } from '../logging/index.js';
import type { Endpoint } from '../wire/index.js';
import { endpointsOf, healthPath } from './endpoints.js';
import { createErrorResponder } from './error-response.js';
import { createHonoApp } from './http-adapter.js';
import { defaultMaxBodyBytes, limitBody } from './limit-body.js';

export interface HttpAppOptions {
  /** Must have the controllers and their guards, filters and interceptors bound. */
  readonly container: Container;
  /** Exactly these are served. */
  readonly controllers: readonly Class[];
  readonly logger: Logger;
  readonly moduleId: string;
  /** Adds its fields to the answer of `/health`; when it throws the answer is 503. */
  readonly health?: () => object | Promise<object>;
  /** Hides secrets in answers that tell of an error. Default: none are known. */
  readonly redactor?: SecretFinder;
  /** The largest body of a request. Default 10 MiB. */
  readonly maxBodyBytes?: number;
}

/** The controllers of one module, ready to answer requests from wherever they come. It owns nothing to close. */
export interface HttpApp {
  /** Answers one request; never rejects. */
  fetch(request: Request): Promise<Response>;
  /** The real routes, `/health` among them. */
  readonly routes: readonly Endpoint[];
}

/**
 * Builds the app. A controller's own `/health` goes before the built-in one. Throws `BootError` GRAPH_INVALID for a
 * controller that the container does not have.
 */
export async function createHttpApp(options: HttpAppOptions): Promise<HttpApp> {
  const { container, controllers, logger, redactor, maxBodyBytes = defaultMaxBodyBytes } = options;
  const unbound = controllers.find((controller) => !container.isBound(controller));
  if (unbound) throw new BootError('GRAPH_INVALID', `the container has no binding for the controller ${unbound.name}`);

  const onError = createErrorResponder(logger);
  const app = await createHonoApp({ container, controllers, logger, onError });
  app.get(healthPath, () => healthOf(options));
  const answerTo = async (request: Request) => {
    try {
      return await app.fetch(limitBody(request, maxBodyBytes));
    } catch (error) {
      return onError(error, request);
    }
  };
  return {
    routes: endpointsOf(controllers),
    async fetch(request) {
      const answer = await answerTo(request);
      return redactor ? redactAnswer(answer, redactor) : answer;
    },
  };
}

async function healthOf({ moduleId, health, logger }: HttpAppOptions): Promise<Response> {
  const { version, gitHash, buildTime, node } = buildInfo;
  const facts = { module: moduleId, version, git: gitHash, time: buildTime, node };
  try {
    return Response.json({ status: 'OK', ...facts, ...(await health?.()) });
  } catch (error) {
    logger.error('the health check failed', { error });
    return Response.json({ status: 'ERROR', ...facts }, { status: 503 });
  }
}
